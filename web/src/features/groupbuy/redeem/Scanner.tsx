import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./redeem.module.css";

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

interface DetectorMaker {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** What stands in the picture; null while there is no code in it. */
type Reader = (video: HTMLVideoElement) => Promise<string | null>;

const LOOK_MILLISECONDS = 180;
const FORMAT = "qr_code";

/** Has this browser a camera it may show? Elsewhere codes are typed. */
export function canScan(): boolean {
  return navigator.mediaDevices?.getUserMedia !== undefined;
}

/** The browser's own reader where it has one (Android), else ours, fetched when it is first needed (iPhones, desks). */
async function openReader(): Promise<Reader> {
  const Maker = (globalThis as { BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  const formats: readonly string[] = Maker ? await Maker.getSupportedFormats().catch(() => []) : [];
  if (Maker && formats.includes(FORMAT)) {
    const detector = new Maker({ formats: [FORMAT] });
    return async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null;
  }
  const { pictureReader } = await import("./decoder");
  const read = pictureReader();
  return async (video) => read(video);
}

/** The camera, until it has seen a code. */
export function Scanner({ onFound, onClose }: { onFound: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation("redeem");
  const video = useRef<HTMLVideoElement>(null);
  const found = useRef(onFound);
  found.current = onFound;
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async (read: Reader) => {
      const seen = video.current ? await read(video.current) : null;
      if (over) return;
      if (seen) found.current(seen);
      else timer = setTimeout(() => void look(read), LOOK_MILLISECONDS);
    };
    const open = async () => {
      try {
        const reader = openReader();
        // Refused, the camera says so first.
        reader.catch(() => undefined);
        const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (over) {
          stop(opened);
          return;
        }
        stream = opened;
        if (!video.current) return;
        video.current.srcObject = opened;
        await video.current.play();
        await look(await reader);
      } catch {
        if (!over) setFailed(true);
      }
    };
    void open();
    return () => {
      over = true;
      clearTimeout(timer);
      if (stream) stop(stream);
    };
  }, []);
  return (
    <div className={styles.scanner}>
      {failed ? (
        <p className={styles.words}>{t("scan.failed")}</p>
      ) : (
        <video ref={video} className={styles.video} muted playsInline aria-label={t("scan.camera")} />
      )}
      <Button size="large" block onClick={onClose}>
        {t("scan.close")}
      </Button>
    </div>
  );
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
