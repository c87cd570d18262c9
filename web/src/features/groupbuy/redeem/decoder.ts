import decodeQR from "qr/decode.js";

/** The picture is looked at no larger: a code that fills a quarter of it is read, and an old phone keeps up. */
const LARGEST_PIXELS = 720;

/** Reads a QR code out of what a camera shows, for browsers that cannot by themselves; null while none is seen. */
export function pictureReader(): (video: HTMLVideoElement) => string | null {
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    const { videoWidth, videoHeight } = video;
    if (drawing === null || videoWidth === 0 || videoHeight === 0) return null;
    const scale = Math.min(1, LARGEST_PIXELS / Math.max(videoWidth, videoHeight));
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(drawing.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      // Its way of saying that there is none.
      return null;
    }
  };
}
