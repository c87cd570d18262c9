import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntdApp } from "antd";
import { type ReactNode, StrictMode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type DataRouter, RouterProvider } from "react-router";
import { asProblem } from "@/api/problem";
import { makeQueryClient } from "@/api/query";
import { useWordProblem } from "@/components/problems";
import { nearestLanguage } from "@/format/language";
import { makeRouter } from "./routes";
import { ThemeProvider } from "./theme/ThemeProvider";

/** The whole client. Given a router and a cache, it uses those (tests do). */
export function App({ router, queries }: { router?: DataRouter; queries?: QueryClient }) {
  const { i18n } = useTranslation();
  const [own] = useState(() => ({ router: router ?? makeRouter(), refusals: new Refusals() }));
  const [cache] = useState(() => queries ?? makeQueryClient((error) => own.refusals.tell(error)));
  return (
    <StrictMode>
      <QueryClientProvider client={cache}>
        <ThemeProvider language={nearestLanguage(i18n.language)}>
          <TellRefusals refusals={own.refusals}>
            <RouterProvider router={own.router} />
          </TellRefusals>
        </ThemeProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}

/** Carries refused changes from the cache, which lives outside React, to the screen. */
class Refusals {
  listener: (error: unknown) => void = () => {};

  tell(error: unknown): void {
    this.listener(error);
  }
}

function TellRefusals({ refusals, children }: { refusals: Refusals; children: ReactNode }) {
  const { message } = AntdApp.useApp();
  const word = useWordProblem();
  useEffect(() => {
    refusals.listener = (error) => {
      const { what, safe, fields } = word(asProblem(error));
      void message.error([what, ...(fields.length > 0 ? fields : [safe])].join(" · "), 6);
    };
  }, [refusals, message, word]);
  return children;
}
