"""Every link in a page's text, resolved to the address that it has on the built site.

`link_pages` is the door.  Where links stand in a text is found when a page is read (`link_targets`); `directory` knows the pages by file and by
address, `addresses` works out where a target leads, `anchors` what a page can be linked at.
"""

from ingest.docusaurus.links.linking import link_pages

__all__ = ["link_pages"]
