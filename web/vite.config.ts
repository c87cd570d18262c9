import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { redeemWorker } from "./scripts/redeemWorker";

const SERVER = process.env.HUIKE_DEV_SERVER ?? "http://127.0.0.1:8000";

/** Paths the server answers itself; everything else is a page of this app. */
const SERVER_PATHS = ["/api", "/_allauth", "/auth", "/t/", "/u/", "/pictures/", "/static"];

export default defineConfig({
  plugins: [react(), redeemWorker()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../huike/web_dist",
    emptyOutDir: true,
    target: "es2022",
    manifest: true,
    // ECharts is one chunk of its own, fetched only by the pages that draw; its size is watched by `npm run size`.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        // Left alone, every icon and helper that two pages share becomes a request of its own, some eighty for one page.
        codeSplitting: {
          groups: [
            { name: "icons", test: /node_modules\/@ant-design\/icons/ },
            {
              name: "base",
              test: /src\/(format|api)\/|src\/components\/(reading|screen|stored|keys|codes|problems|jobWords|address|csv)\.tsx?$/,
            },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(SERVER_PATHS.map((path) => [path, { target: SERVER, changeOrigin: false }])),
  },
  test: {
    environment: "jsdom",
    globals: true,
    // Ends a test that hangs; how fast a page is, is not measured here.
    testTimeout: 30_000,
    setupFiles: ["./src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: { modules: { classNameStrategy: "non-scoped" } },
    // antd ships ES modules with directory imports, which Node refuses unless they are bundled.
    server: { deps: { inline: ["antd", /@ant-design/, /@rc-component/] } },
  },
});
