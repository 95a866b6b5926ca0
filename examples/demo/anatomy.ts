/**
 * A chest, drawn from outlines: body, lungs, heart and great vessels, diaphragm, spine, ribs, clavicles, airways.
 *
 * Coordinates are the patient's: x grows towards the patient's left (right in the image, as films are read), y downwards,
 * the chest about two units wide. Lengths such as `lateral` are distances from the midline.
 */
import { bump, quarterRound, soft, wave } from './curves';
import type { Draws } from './draws';

export type Patient = ReturnType<typeof drawPatient>;

/** Everything that varies from one patient, and one exposure, to the next. */
export function drawPatient(random: Draws) {
  const half = random.uniform(-0.035, 0.035); // tangent of half the rotation: up to 4 degrees either way
  const side = (outward: -1 | 1) => ({
    outward,
    apex: random.uniform(-0.84, -0.76),
    dome: random.uniform(0.5, 0.6) + (outward === 1 ? 0.05 : 0), // the liver lifts the right dome
    sulcus: random.uniform(0.12, 0.2),
    hilum: { x: outward * random.uniform(0.17, 0.21), y: random.uniform(-0.16, -0.06) },
    vessels: Array.from({ length: 11 }, (_, k) => ({
      // Directions fan out from straight up to straight down; a rational circle stands in for sine and cosine.
      turn: -0.85 + (1.7 * k) / 10 + random.uniform(-0.07, 0.07),
      bend: random.uniform(-0.9, 0.9),
      length: random.uniform(0.3, 0.55),
      width: random.uniform(0.016, 0.03),
    })),
  });
  return {
    cos: (1 - half * half) / (1 + half * half),
    sin: (2 * half) / (1 + half * half),
    zoomX: random.uniform(0.98, 1.1),
    zoomY: random.uniform(0.96, 1.08),
    shiftX: random.uniform(-0.05, 0.05),
    shiftY: random.uniform(-0.03, 0.05),
    width: random.uniform(0.7, 0.78),
    right: side(-1),
    left: side(1),
    heart: {
      x: random.uniform(0.1, 0.17),
      y: random.uniform(0.26, 0.34),
      a: random.uniform(0.28, 0.36),
      b: random.uniform(0.3, 0.36),
    },
    knob: random.uniform(0.1, 0.14),
    ribs: {
      first: random.uniform(-0.72, -0.66),
      spacing: random.uniform(0.158, 0.178),
      drop: random.uniform(0.13, 0.23),
      strength: random.uniform(0.1, 0.17),
    },
    vertebra: random.uniform(0.125, 0.14),
    clavicle: { y: random.uniform(-0.68, -0.6), lift: random.uniform(0.08, 0.16) },
    bubble: { x: random.uniform(0.26, 0.4), depth: random.uniform(0.12, 0.18), air: random.uniform(0, 0.4) },
    shoulders: random.uniform(-0.02, 0.08),
    exposure: random.uniform(0.55, 0.85),
    black: random.uniform(4, 14),
    white: random.uniform(330, 370),
    grain: random.uniform(3, 5),
  };
}

/** The patient's coordinates at the middle of a pixel. */
export function toPatient(p: Patient, column: number, row: number, size: number): [x: number, y: number] {
  const x = ((column + 0.5) * 2) / size - 1 - p.shiftX;
  const y = ((row + 0.5) * 2) / size - 1 - p.shiftY;
  return [(p.cos * x + p.sin * y) / p.zoomX, (p.cos * y - p.sin * x) / p.zoomY];
}

/** What lies behind one point of the film. `thickness` is in units of a chest's soft tissue, `air` is 0 to 1. */
export function look(
  p: Patient,
  x: number,
  y: number,
): { region: 'rest' | 'right-lung' | 'left-lung' | 'heart'; thickness: number; air: number } {
  const side = x < 0 ? p.right : p.left;
  const lateral = Math.abs(x);
  const { inside, medial, floor } = lungField(p, side, lateral, y);
  const heart = heartDepth(p, x, y);
  const aboveFloor = floor - y;

  const lung = soft(inside - 0.025, 0.025) * soft(-heart - 0.02, 0.02);
  const body = soft(bodyDepth(p, lateral, y), 0.02);
  // The chest is an oval in cross-section: thinner, so darker, towards its sides.
  let thickness = body * (0.68 - 0.42 * lateral * lateral);
  thickness += body * soft(-aboveFloor, 0.03) * soft(p.width + 0.05 - lateral, 0.08) * 0.3; // liver, spleen, bowel
  thickness -= lung * (0.53 - 0.32 * lateral * lateral);
  thickness += lung * 0.09 * vessels(side, x, y);
  thickness += body * soft(heart, 0.09) * soft(aboveFloor, 0.08) * 0.24;
  thickness += body * bones(p, x, y, soft(inside + 0.04, 0.06));
  thickness -= airways(p, x, y) * body * 0.16;
  thickness = Math.max(thickness, 0.01);

  if (inside > 0 && heart <= 0) return { region: x < 0 ? 'right-lung' : 'left-lung', thickness, air: lung };
  const betweenLungs = lateral < medial + 0.03 && y > side.apex && aboveFloor > 0;
  return { region: (heart > 0 && aboveFloor > 0) || betweenLungs ? 'heart' : 'rest', thickness, air: 0 };
}

type Side = Patient['left'];

/** How far a point is inside a lung's outline (negative outside), the lung's inner edge and its floor there. */
function lungField(p: Patient, side: Side, lateral: number, y: number) {
  const middle = 0.27; // the apex is above the middle of the clavicle
  const down = (y - side.apex) / (side.dome - side.apex);
  const outer = middle + (p.width - middle) * quarterRound(down / 0.85);
  const medial = middle - (middle - 0.13) * quarterRound(down / 0.3);
  const along = (lateral - 0.38) / (p.width - 0.38);
  const floor = side.dome + side.sulcus * along * along;
  const inside = Math.min(lateral - medial, outer - lateral, floor - y, y - side.apex);
  return { inside, medial, floor };
}

/** How far a point is inside the heart and the great vessels (negative outside). */
function heartDepth(p: Patient, x: number, y: number): number {
  const { heart } = p;
  // The heart leans: its tip points down and to the patient's left.
  const across = (x - heart.x + 0.3 * (heart.y - y)) / heart.a;
  const up = (y - heart.y + 0.1 * (heart.x - x)) / (y > heart.y ? 1.5 * heart.b : heart.b); // it rests on its base
  const chambers = (1 - Math.sqrt(across * across + up * up)) * heart.b;
  // Above it the great vessels, widest at the aortic knob on the left.
  const arch = bump((y + 0.3) / 0.22);
  const vessels = Math.min(
    p.knob + (x > 0 ? 0.1 * arch : 0.04 * arch) - Math.abs(x - 0.02),
    y + 0.62,
    heart.y - y,
  );
  return Math.max(chambers, vessels);
}

function bodyDepth(p: Patient, lateral: number, y: number): number {
  const neck = 0.24 - lateral;
  const slope = (lateral - 0.24) / 0.7;
  const shoulder = y - (p.shoulders - 0.98 + 0.34 * slope * (0.4 + 0.6 * slope));
  const arms = y < -0.1 ? 0.3 * (1 - (y + 0.9) / 0.8) : 0;
  const flank = p.width + 0.14 + Math.max(arms, 0) - lateral;
  return Math.max(neck, Math.min(shoulder, flank));
}

/** Spine, ribs and clavicles. Ribs stand out over the lungs and drown elsewhere. */
function bones(p: Patient, x: number, y: number, overLung: number): number {
  const lateral = Math.abs(x);
  const vertebra = wave((y + 1) / p.vertebra);
  const spine = soft(0.095 + 0.01 * vertebra - lateral, 0.03) * (0.2 + 0.05 * vertebra);
  const q = lateral / p.width;
  let ribs = 0;
  if (q < 1.08) {
    // Back arcs leave the spine level and fall to the side; front arcs run back, lower, and fade to cartilage.
    const back = (y - p.ribs.first + 0.05 - p.ribs.drop * q * q + 0.24 * q * (1 - q)) / p.ribs.spacing;
    const front = (y - p.ribs.first - 0.24 + 0.26 * q - 0.1 * q * q) / p.ribs.spacing;
    ribs = arc(back, 9) * soft(lateral - 0.08, 0.04) + 0.55 * arc(front, 7) * soft(lateral - 0.3, 0.2);
  }
  const run = (lateral - 0.06) / 0.8;
  const clavicleY = p.clavicle.y - p.clavicle.lift * run + 0.07 * run * (1 - run) * (1 - 2 * run) * 4;
  const clavicle = bump((y - clavicleY) / 0.055) * soft(run, 0.08) * soft(1 - run, 0.1);
  return spine + p.ribs.strength * ribs * (0.3 + 0.7 * overLung) + 0.18 * clavicle;
}

/** The profile across a ladder of ribs, `at` in rib spacings: denser at both edges, as cortical bone is. */
function arc(at: number, count: number): number {
  const rung = Math.round(at);
  if (rung < 0 || rung >= count) return 0;
  const across = Math.abs(at - rung) / 0.27;
  return soft(1 - across, 0.3) * (0.65 + 0.35 * Math.min(across * across, 1));
}

/** Pulmonary vessels: bent lines that taper away from the hilum, and the hilum itself. */
function vessels(side: Side, x: number, y: number): number {
  const dx = side.outward * (x - side.hilum.x);
  const dy = y - side.hilum.y;
  let dense = 1.6 * bump(Math.sqrt(dx * dx + dy * dy * 0.4) / 0.13);
  for (const { turn, bend, length, width } of side.vessels) {
    const circle = 1 + turn * turn;
    const cos = (1 - turn * turn) / circle;
    const sin = (2 * turn) / circle;
    const along = (cos * dx + sin * dy) / length;
    if (along <= 0 || along >= 1) continue;
    const across = cos * dy - sin * dx - bend * length * along * along * 0.35;
    dense += bump(across / (width * (1.5 - along))) * (1 - along * along);
  }
  return Math.min(dense, 1.8);
}

/** Air that is no lung: the trachea with its fork, and the bubble of the stomach. */
function airways(p: Patient, x: number, y: number): number {
  const fork = -0.3;
  const below = Math.max(y - fork, 0);
  const trachea =
    y < fork + 0.14
      ? soft(0.045 - 0.1 * below - Math.abs(Math.abs(x) - 0.75 * below), 0.02) * soft(fork + 0.12 - y, 0.05)
      : 0;
  const dx = (x - p.bubble.x) / 0.17;
  const dy = (y - p.left.dome - p.bubble.depth) / 0.07;
  return trachea + p.bubble.air * 3 * bump(Math.sqrt(dx * dx + dy * dy));
}
