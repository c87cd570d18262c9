import { CSRF_HEADER, csrfToken } from "@/api/csrf";
import { problemFrom, unreachable } from "@/api/problem";
import type { ImportFile, ImportKind } from "./api";

/**
 * Brings a file to the server, telling how much of it has left. By XMLHttpRequest, since fetch reports no progress of
 * what it sends, and a file may be gigabytes.
 */
export function uploadFile(
  file: File,
  { kind, preset }: { kind: ImportKind; preset: string },
  onProgress: (ratio: number) => void,
  signal: AbortSignal,
): Promise<ImportFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/imports");
    request.setRequestHeader(CSRF_HEADER, csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (lengthComputable && total > 0) onProgress(loaded / total);
    };
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) return resolve(body as ImportFile);
      reject(problemFrom({ status: request.status, headers: new Headers() }, body));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException("Upload cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.append("kind", kind);
    if (preset) form.append("preset", preset);
    form.append("file", file);
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
