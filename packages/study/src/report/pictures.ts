/**
 * What the report shows of one image, as it is kept beside the study's state and goes into the page: the image, its maps as
 * levels, and its regions.
 *
 * A page that is opened from a disk may not read other files, but may run scripts. So an image that is not in the page is a
 * script beside it, which hands its picture over when it is asked for.
 */

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** A JPEG of the image as the model saw it, as base64. */
  readonly picture: string;
  /** By the method's label: an 8-bit grey PNG of the map's levels (see overlay/levels.ts), as base64. */
  readonly maps: Readonly<Record<string, string>>;
  readonly regions: readonly {
    readonly name: string;
    /** SVG path in pixels of the image; empty for a region without any. */
    readonly outline: string;
  }[];
}

/** What a picture's script calls; the page puts it there. */
export const RECEIVER = 'regionalSaliencyPicture';

/** The script that hands a picture over, by the name that the page knows it by. */
export function pictureScript(name: string, picture: Picture): string {
  return `${RECEIVER}(${JSON.stringify(name)},\n${JSON.stringify(picture)}\n);\n`;
}

/** The picture of such a script. @throws SyntaxError for one that was cut off */
export function pictureOf(script: string): Picture {
  return JSON.parse(script.split('\n')[1]!);
}
