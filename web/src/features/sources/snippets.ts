/** What an integrator pastes to send events here, for each place it can come from. */
export interface Snippet {
  readonly key: "web" | "node" | "python" | "http";
  readonly code: string;
}

export function snippetsFor(serverUrl: string, writeKey: string): readonly Snippet[] {
  const { host, protocol } = new URL(serverUrl);
  const scheme = protocol.replace(":", "");
  return [
    {
      key: "web",
      code: `// npm install @segment/analytics-next
import { AnalyticsBrowser } from "@segment/analytics-next";

export const analytics = AnalyticsBrowser.load(
  { writeKey: "${writeKey}", cdnURL: "${serverUrl}" },
  { integrations: { "Segment.io": { apiHost: "${host}/v1", protocol: "${scheme}" } } },
);
analytics.page();
analytics.track("Product Added", { sku: "TEA-1", price: 38, quantity: 1 });
analytics.identify("M-1001");`,
    },
    {
      key: "node",
      code: `// npm install @segment/analytics-node
import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "${writeKey}", host: "${serverUrl}" });
analytics.track({ userId: "M-1001", event: "Product Viewed", properties: { sku: "TEA-1" } });
await analytics.closeAndFlush();`,
    },
    {
      key: "python",
      code: `# pip install segment-analytics-python
from segment import analytics

analytics.write_key = "${writeKey}"
analytics.host = "${serverUrl}"
analytics.track("M-1001", "Product Viewed", {"sku": "TEA-1"})
analytics.shutdown()`,
    },
    {
      key: "http",
      code: `curl ${serverUrl}/v1/track -u ${writeKey}: \\
  -d '{"userId": "M-1001", "event": "Product Viewed", "messageId": "1", "properties": {"sku": "TEA-1"}}'`,
    },
  ];
}
