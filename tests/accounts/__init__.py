"""个人账号 by password and 我的数据."""
