"""个人账号 by password (BZ-01…06, BJQ-L-01, BJH-M-17): on pages only; whoever has 微信 and a reserved phone never needs one."""
