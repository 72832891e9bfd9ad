"""The social-security card: 挂失, 解挂, 补换卡, 二次申领, and its records."""
