/** What codecs.ts uses of two packages that come without types: decoders that Emscripten compiled. */

declare module '@cornerstonejs/codec-openjpeg/decode' {
  export interface FrameInfo {
    readonly width: number;
    readonly height: number;
    readonly bitsPerSample: number;
    readonly componentCount: number;
  }
  export interface FrameDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): FrameInfo;
    delete(): void;
  }
  const load: (module: {
    print(): void;
    printErr(): void;
  }) => Promise<{ readonly J2KDecoder: new () => FrameDecoder }>;
  export default load;
}

declare module '@cornerstonejs/codec-charls/decode' {
  import type { FrameDecoder } from '@cornerstonejs/codec-openjpeg/decode';

  export interface PlanarDecoder extends FrameDecoder {
    /** 0: component after component; 1 and 2: pixel by pixel once decoded. */
    getInterleaveMode(): number;
  }
  const load: (module: {
    print(): void;
    printErr(): void;
  }) => Promise<{ readonly JpegLSDecoder: new () => PlanarDecoder }>;
  export default load;
}
