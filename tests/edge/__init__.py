"""What happens at `/wechat` and towards the platform's API: real sockets, real bodies, our own fakes at the ports."""
