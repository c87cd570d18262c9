import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./redeem.module.css";

interface Detector {
  detect(source: HTMLVideoElement): Promise<readonly { readonly rawValue: string }[]>;
}

type DetectorMaker = new (options: { formats: string[] }) => Detector;

const LOOK_MILLISECONDS = 180;

function maker(): DetectorMaker | null {
  const found = (globalThis as { BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  return found && navigator.mediaDevices ? found : null;
}

/** Can this browser read codes with its camera? Elsewhere they are typed. */
export function canScan(): boolean {
  return maker() !== null;
}

/** The camera, until it has seen a code. */
export function Scanner({ onFound, onClose }: { onFound: (text: string) => void; onClose: () => void }) {
  const { t } = useTranslation("redeem");
  const video = useRef<HTMLVideoElement>(null);
  const found = useRef(onFound);
  found.current = onFound;
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const Maker = maker();
    if (!Maker) return;
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async (detector: Detector) => {
      const seen = video.current ? await detector.detect(video.current).catch(() => []) : [];
      if (over) return;
      const [first] = seen;
      if (first) found.current(first.rawValue);
      else timer = setTimeout(() => void look(detector), LOOK_MILLISECONDS);
    };
    const open = async () => {
      try {
        const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (over) {
          stop(opened);
          return;
        }
        stream = opened;
        if (!video.current) return;
        video.current.srcObject = opened;
        await video.current.play();
        await look(new Maker({ formats: ["qr_code"] }));
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
