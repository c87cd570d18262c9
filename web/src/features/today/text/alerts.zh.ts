/** What needs attention, by the codes of the alerts. */
export default {
  "worker.silent": "后台进程没有响应，导入和发送会停住",
  "jobs.failed": "近一天有 {{count, number}} 个后台任务失败",
  "outbox.failing": "「{{handler}}」已连续失败 {{failures}} 次",
  "lake.behind": "分析数据落后，人群和报表不是最新的",
  "lake.empty": "分析数据还在准备，人群暂时数不出来",
  "email.sandbox": "还没有设置发信服务器，邮件只进测试邮箱",
  "imports.waiting": "有 {{count, number}} 个文件等您确认",
  "campaigns.paused": "有 {{count, number}} 个营销活动暂停中",
  "webhook.turned_off": "有 Webhook 因持续失败或对方已停用而被关闭",
} as const;
