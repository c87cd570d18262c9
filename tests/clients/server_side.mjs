// Speaks to the server named first, with the write key named second, as a shop's server would.
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, flushAt: 4, flushInterval: 100, maxRetries: 5 });
analytics.on("error", (error) => console.error(error));
analytics.identify({ userId: "node-1", traits: { name: "李雷" } });
analytics.track({ userId: "node-1", event: "Tea Tasted", properties: { kind: "乌龙" } });
analytics.page({ anonymousId: "node-a", name: "Menu" });
analytics.screen({ anonymousId: "node-a", name: "Home" });
analytics.alias({ userId: "node-1", previousId: "node-a" });
analytics.group({ userId: "node-1", groupId: "g-1", traits: { name: "青禾" } });
for (let n = 0; n < 10; n++) analytics.track({ userId: "node-1", event: "Sip Taken", properties: { n } });
await analytics.closeAndFlush();
