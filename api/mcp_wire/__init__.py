"""`/mcp`: the documentation as tools for agents, by the Model Context Protocol's own SDK.

`tools` says what each tool takes, does and gives, and knows no protocol; `server` hands them to the
SDK, and is imported when the application starts because the SDK takes a second to load; `routes`
joins both to the application.
"""
