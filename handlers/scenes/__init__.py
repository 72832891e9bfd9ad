"""Codes that are scanned with WeChat: opening one's pages on a computer, binding a chat at a counter, posters of outlets."""
