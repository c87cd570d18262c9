import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import zh from "./zh";

/** The server lists the words of its contract; those a person reads must have words here. */
const contract = JSON.parse(readFileSync(`${import.meta.dirname}/../../../openapi.json`, "utf8"));
const { MeOut } = contract.components.schemas;

test("every permission of the contract has words", () => {
  const permissions: string[] = MeOut.properties.permissions.items.enum;
  expect(permissions.filter((code) => !(code in zh.permissions))).toEqual([]);
});

test("every role of the contract has a name", () => {
  const roles: string[] = contract.components.schemas.Role.enum;
  expect(roles.filter((role) => !(role in zh.kit.role))).toEqual([]);
});

test("every state of a job, an import and a campaign has words", () => {
  const { ImportRow, CampaignOut } = contract.components.schemas;
  expect(ImportRow.properties.state.enum.filter((state: string) => !(state in zh.imports.state))).toEqual([]);
  expect(CampaignOut.properties.state.enum.filter((state: string) => !(state in zh.today.state))).toEqual([]);
});
