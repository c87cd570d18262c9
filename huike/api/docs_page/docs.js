// Draws openapi.json as a readable page. Text goes in through textContent only.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function resolved(schema, spec) {
  if (!schema?.$ref) return schema;
  return schema.$ref.split("/").slice(1).reduce((place, key) => place[key], spec);
}

function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeName).join(" | ");
  if (schema.type === "array") return `${typeName(schema.items)}[]`;
  return schema.format ? `${schema.type} (${schema.format})` : (schema.type ?? "any");
}

function rows(entries) {
  return element("table", {}, ...entries.map(([name, type, note]) =>
    element("tr", {}, element("td", {}, element("code", {}, name)), element("td", {}, element("code", {}, type)), element("td", { class: "soft" }, note ?? ""))));
}

function fields(schema, spec) {
  const whole = resolved(schema, spec);
  if (!whole?.properties) return element("pre", {}, typeName(schema));
  const required = new Set(whole.required ?? []);
  return element("div", {},
    whole.description ? element("p", { class: "soft" }, whole.description) : null,
    rows(Object.entries(whole.properties).map(([name, of]) => [required.has(name) ? name : `${name}?`, typeName(of), of.description])));
}

function bodyOf(operation, spec) {
  const parts = [];
  if (operation.description) parts.push(element("p", {}, operation.description));
  if (operation.parameters?.length) {
    parts.push(element("h3", {}, "Parameters"), rows(operation.parameters.map((of) =>
      [of.required ? of.name : `${of.name}?`, `${of.in}: ${typeName(of.schema)}`, of.description ?? of.schema?.description])));
  }
  for (const [kind, content] of Object.entries(operation.requestBody?.content ?? {})) {
    parts.push(element("h3", {}, `Body (${kind})`), fields(content.schema, spec));
  }
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    const [, content] = Object.entries(response.content ?? {})[0] ?? [];
    if (Number(status) < 400) {
      parts.push(element("h3", {}, `${status} ${response.description ?? ""}`), content ? fields(content.schema, spec) : "");
    }
  }
  const refusals = Object.keys(operation.responses ?? {}).filter((status) => Number(status) >= 400);
  if (refusals.length) parts.push(element("h3", {}, "Problems"), element("p", {}, refusals.join(", ")));
  return element("div", { class: "body" }, ...parts);
}

function operationView(method, path, operation, spec) {
  const view = element("details", { class: "operation", id: operation.operationId },
    element("summary", {},
      element("span", { class: `method ${method.toUpperCase()}` }, method.toUpperCase()),
      element("code", {}, path),
      element("span", { class: "soft" }, operation.summary ?? "")));
  view.addEventListener("toggle", () => {
    if (view.open && view.children.length === 1) view.append(bodyOf(operation, spec));
  });
  return view;
}

function draw(spec) {
  document.getElementById("about").textContent = `Version ${spec.info.version}. ${spec.info.description}`;
  const groups = new Map();
  const views = [];
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const method of METHODS.filter((name) => methods[name])) {
      const operation = methods[method];
      const view = operationView(method, path, operation, spec);
      const tag = operation.tags?.[0] ?? "other";
      if (!groups.has(tag)) groups.set(tag, element("section", {}, element("h2", {}, tag)));
      groups.get(tag).append(view);
      views.push([view, `${method} ${path} ${operation.operationId} ${operation.summary ?? ""}`.toLowerCase()]);
    }
  }
  document.getElementById("operations").append(...groups.values());
  document.getElementById("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const [view, text] of views) view.hidden = !text.includes(wanted);
    for (const group of groups.values()) group.hidden = ![...group.querySelectorAll(".operation")].some((view) => !view.hidden);
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.setAttribute("open", "");
}

fetch("/api/v1/openapi.json")
  .then((answer) => answer.json())
  .then(draw)
  .catch(() => {
    document.getElementById("about").textContent = "The description could not be read. Reload the page.";
  });
