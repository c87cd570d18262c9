import { EditOutlined, MoreOutlined, PauseOutlined, PlayCircleOutlined, SendOutlined } from "@ant-design/icons";
import { App, Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useMay } from "@/api/me";
import { choiceField, textField, useAddress } from "@/components/address";
import { Count, Money, None, Percent, When } from "@/components/figures";
import { Card, Facts, ObjectPage } from "@/components/layout";
import { useReading } from "@/components/reading";
import { ErrorState, NoPermission } from "@/components/states";
import { type Offer, type OfferStep, useOffer, useOfferStep } from "./api";
import { CouponsTab } from "./coupons/CouponsTab";
import styles from "./offers.module.css";
import { Amounts, OfferStateTag, useEffectWords, useTermsWords } from "./words";

const FIELDS = { tab: choiceField(["coupons", "terms"], "coupons"), state: textField(), cursor: textField() };

/** One offer: its figures, its codes, and what one does to it. */
export function OfferPage() {
  const { t } = useTranslation("offers");
  const { id } = useParams();
  const may = useMay();
  const address = useAddress(FIELDS);
  const query = useOffer(Number(id));
  const words = useTermsWords();
  const offer = query.data;
  if (!may("offers.read")) return <NoPermission what={t("title")} />;
  if (query.error && !offer) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <ObjectPage
      title={offer?.name ?? t("title")}
      mark={offer && <OfferStateTag state={offer.state} />}
      above={<Link to="/offers">{t("title")}</Link>}
      about={offer && words(offer.terms).join(" · ")}
      loading={!offer}
      actions={offer && <Actions offer={offer} />}
      figures={[
        {
          key: "issued",
          label: t("page.issued"),
          value: (
            <Link to={address.with({ tab: "coupons", state: "", cursor: "" })} className={styles.figureLink}>
              <Count value={offer?.issued} />
            </Link>
          ),
        },
        {
          key: "redeemed",
          label: t("page.redeemed"),
          value: (
            <Link to={address.with({ tab: "coupons", state: "redeemed", cursor: "" })} className={styles.figureLink}>
              <Count value={offer?.redeemed} />
            </Link>
          ),
        },
        {
          key: "rate",
          label: t("page.rate"),
          value: offer && offer.issued > 0 ? <Percent ratio={offer.redeemed / offer.issued} /> : <None />,
        },
        {
          key: "discount",
          label: t("page.discount"),
          value: <Amounts amounts={offer?.discount_given ?? []} />,
          note: offer?.discount_given.length === 0 ? t("page.no_discount") : undefined,
        },
      ]}
      tab={address.values.tab}
      onTab={(tab) => address.change({ tab: tab as "coupons" | "terms" })}
      tabs={[
        { key: "coupons", label: t("page.tab.coupons"), content: offer && <CouponsTab offer={offer} /> },
        { key: "terms", label: t("page.tab.terms"), content: offer && <Terms offer={offer} /> },
      ]}
    />
  );
}

function Terms({ offer }: { offer: Offer }) {
  const { t } = useTranslation("offers");
  const { currency: homeCurrency } = useReading();
  const effect = useEffectWords();
  const { terms } = offer;
  const spend = terms.cart?.spend;
  const days = terms.coupon?.valid_days;
  return (
    <Card>
      <Facts
        facts={[
          { key: "gives", label: t("page.gives"), value: effect(terms) },
          {
            key: "min",
            label: t("page.min_spend"),
            value: spend ? (
              <Money minor={spend.amount_minor} currency={terms.currency ?? homeCurrency} />
            ) : (
              t("terms.any_spend")
            ),
          },
          { key: "starts", label: t("page.starts"), value: <When at={terms.when?.starts_at} /> },
          {
            key: "ends",
            label: t("page.ends"),
            value: terms.when?.ends_at ? <When at={terms.when.ends_at} /> : t("terms.always"),
          },
          { key: "applies", label: t("page.applies"), value: t(`page.applies_${terms.applies ?? "coupon"}`) },
          ...(terms.applies === "automatic"
            ? []
            : [
                {
                  key: "days",
                  label: t("page.valid_days"),
                  value: days ? t("terms.valid_days", { days }) : <None />,
                },
              ]),
        ]}
      />
    </Card>
  );
}

function Actions({ offer }: { offer: Offer }) {
  const { t } = useTranslation("offers");
  const may = useMay();
  const navigate = useNavigate();
  const { message, modal } = App.useApp();
  const step = useOfferStep();
  const ask = (which: OfferStep) =>
    modal.confirm({
      title: t(`action.${which}_title`, { name: offer.name }),
      content:
        which === "end" ? t("action.end_words", { count: offer.issued - offer.redeemed }) : t(`action.${which}_words`),
      okText: t(`action.${which}`),
      okButtonProps: { danger: which === "end" },
      onOk: async () => {
        await step.mutateAsync({ id: offer.id, step: which });
        void message.success(t(`action.done.${which}`));
      },
    });
  return (
    <>
      {may("offers.write") && offer.state !== "ended" && (
        <>
          <Button icon={<EditOutlined />} onClick={() => navigate(`/offers/${offer.id}/edit`)}>
            {t("action.edit")}
          </Button>
          {offer.state === "active" ? (
            <Button icon={<PauseOutlined />} onClick={() => ask("pause")}>
              {t("action.pause")}
            </Button>
          ) : (
            <Button
              type={offer.state === "draft" ? "primary" : "default"}
              icon={<PlayCircleOutlined />}
              onClick={() => ask("activate")}
            >
              {offer.state === "paused" ? t("action.resume") : t("action.activate")}
            </Button>
          )}
        </>
      )}
      {may("campaigns.write") && offer.state === "active" && (
        <Button type="primary" icon={<SendOutlined />} onClick={() => navigate(`/campaigns/new?offer=${offer.id}`)}>
          {t("action.use")}
        </Button>
      )}
      {may("offers.write") && (offer.state === "active" || offer.state === "paused") && (
        <Dropdown
          trigger={["click"]}
          placement="bottomRight"
          menu={{ items: [{ key: "end", danger: true, label: t("action.end") }], onClick: () => ask("end") }}
        >
          <Button icon={<MoreOutlined />} aria-label={t("action.more")} />
        </Dropdown>
      )}
    </>
  );
}
