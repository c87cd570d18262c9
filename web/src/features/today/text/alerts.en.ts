export default {
  "worker.silent": "The worker isn't answering, so imports and sends stand still",
  "jobs.failed": "Failed jobs in the last day: {{count, number}}",
  "outbox.failing": "“{{handler}}” has failed {{failures}} times in a row",
  "lake.behind": "Analytics data is behind, so segments and reports are not current",
  "lake.empty": "Analytics data is being prepared, so segments can't be counted yet",
  "email.sandbox": "No mail server is set: mail only reaches the sandbox mailbox",
  "imports.waiting": "Files waiting for your next step: {{count, number}}",
  "campaigns.paused": "Campaigns on pause: {{count, number}}",
  "webhook.turned_off": "A webhook was turned off after it kept failing, or its receiver was gone",
} as const;
