"""What a site's own `docusaurus.config.*` says, as our `site:` section.

    finding      which file it is
    running      loads it with Node, in a process of its own (the scripts are in node/)
    literal      without Node: what stands literally in the file; on `code` and `tokens`
    options      Docusaurus's options -> ours, and what could not be carried over
    reading      the two ways, one after the other
    completing   fills in a config.yaml that names only the site's folder
    writing      puts the section into a config.yaml, everything else in it untouched

Nothing here reads pages, and nothing there needs to know where its options came from.
"""
