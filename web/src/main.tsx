import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { browserLanguage, startI18n } from "./app/i18n/i18n";
import "./app/theme/base.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await startI18n(browserLanguage());
createRoot(root).render(<App />);
