import { AnalyticsBrowser } from "@segment/analytics-next";

window.segment = (writeKey, server) =>
  AnalyticsBrowser.load(
    { writeKey, cdnURL: server },
    { integrations: { "Segment.io": { apiHost: `${new URL(server).host}/v1`, protocol: "http" } } },
  );
