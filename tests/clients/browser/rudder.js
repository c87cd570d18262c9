import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

window.rudder = (writeKey, server) => {
  const analytics = new RudderAnalytics();
  analytics.load(writeKey, server, { configUrl: server });
  return analytics;
};
