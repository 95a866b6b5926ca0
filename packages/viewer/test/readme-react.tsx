import type { Item } from '@regional-saliency/viewer';
import { SaliencyViewer } from '@regional-saliency/viewer/react';
import { useState } from 'react';

export function Explained({ items }: { items: readonly Item[] }) {
  const [threshold, setThreshold] = useState(90);
  return (
    <>
      <p>The strongest {100 - threshold} % of the pixels</p>
      <SaliencyViewer
        items={items}
        threshold={threshold}
        onChange={({ name, value }) => name === 'threshold' && setThreshold(value as number)}
      />
    </>
  );
}
