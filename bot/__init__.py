"""The process and every outside edge: the only place that knows aiohttp and wechatpy."""
