/** One patient's X-ray under two methods, side by side, with the scores of its regions. */
import type { Item } from '@regional-saliency/viewer';
import { SaliencyViewer } from '@regional-saliency/viewer/react';
import { useEffect, useState } from 'react';
import { explainPatient } from './explain';

const methods = ['Grad-CAM', 'LRP'];
const percent = (share: unknown) => `${Math.round(100 * Number(share))} %`;

export function Explained() {
  const [patient, setPatient] = useState(0);
  const [items, setItems] = useState<readonly Item[]>([]);
  const [said, setSaid] = useState('Explaining …');

  useEffect(() => {
    // What comes after the next patient was asked for is left alone.
    let wanted = true;
    explainPatient(patient).then(
      (item) => {
        if (!wanted) return;
        setItems([item]);
        setSaid(`${item.name}: ${item.detail}`);
      },
      (error: Error) => wanted && setSaid(`It can't be explained: ${error.message}`),
    );
    return () => {
      wanted = false;
    };
  }, [patient]);

  return (
    <>
      <button type="button" onClick={() => setPatient(patient + 1)}>
        Next patient
      </button>
      <p role="status">{said}</p>
      <SaliencyViewer
        items={items}
        methods={methods}
        onSelect={({ region }) => {
          if (!region) return;
          const scores = Object.entries(region.score ?? {}).map(
            ([name, share]) => `${percent(share)} of ${name}`,
          );
          setSaid(`The ${region.name} holds ${scores.join(', ')}.`);
        }}
      />
    </>
  );
}
