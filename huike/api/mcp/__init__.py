"""The assistant's door: the Model Context Protocol over the same services, permissions and scope as the HTTP API.

Owns: the tools an assistant may call, their words for it, `/mcp`, and what `huike mcp` speaks on standard input and
output. Promises: an assistant does what its API key may do and no more; every call is in the audit log; personal data
is masked unless the key may see it and the assistant asked, which is logged with the reason; nothing is kept between
requests, so any web process answers any of them. Refuses: to change anything.
"""
