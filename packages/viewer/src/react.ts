/** `<saliency-viewer>` as a React component: properties in, `onChange` and `onSelect` out. */
import {
  type CSSProperties,
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from 'react';
import {
  type ChangeDetail,
  defineSaliencyViewer,
  type SelectDetail,
  type SaliencyViewer as Viewer,
} from './index';

type Settings = Pick<
  Viewer,
  'items' | 'methods' | 'threshold' | 'opacity' | 'colours' | 'diverging' | 'outlines' | 'view' | 'opened'
>;

export interface SaliencyViewerProps extends Partial<Settings> {
  readonly theme?: 'light' | 'dark' | undefined;
  readonly workerUrl?: string | undefined;
  readonly onChange?: ((detail: ChangeDetail) => void) | undefined;
  readonly onSelect?: ((detail: SelectDetail) => void) | undefined;
  readonly className?: string | undefined;
  readonly style?: CSSProperties | undefined;
}

// On a server there is nothing to lay out, and React would say so.
const useEarly = typeof document === 'undefined' ? useEffect : useLayoutEffect;

/** Properties that are left out keep what they are, so that each may be controlled or not. The ref is the element. */
export const SaliencyViewer = forwardRef<Viewer, SaliencyViewerProps>(function SaliencyViewer(props, ref) {
  const { theme, workerUrl, onChange, onSelect, className, style, ...settings } = props;
  const own = useRef<Viewer>(null);
  useImperativeHandle(ref, () => own.current!, []);
  useEarly(() => {
    defineSaliencyViewer();
  }, []);
  // Items first: what methods there are and what may be opened depends on them.
  const names = [
    'items',
    'methods',
    'threshold',
    'opacity',
    'colours',
    'diverging',
    'outlines',
    'view',
    'opened',
  ] as const;
  for (const name of names) {
    // biome-ignore lint/correctness/useHookAtTopLevel: the list of names is the same at every render
    useEarly(() => {
      if (name in settings) (own.current as unknown as Record<string, unknown>)[name] = settings[name];
    }, [settings[name]]);
  }
  useEffect(() => {
    const element = own.current!;
    const changed = (event: Event) => onChange?.((event as CustomEvent<ChangeDetail>).detail);
    const selected = (event: Event) => onSelect?.((event as CustomEvent<SelectDetail>).detail);
    element.addEventListener('change', changed);
    element.addEventListener('select', selected);
    return () => {
      element.removeEventListener('change', changed);
      element.removeEventListener('select', selected);
    };
  }, [onChange, onSelect]);
  return createElement('saliency-viewer', {
    ref: own,
    class: className,
    style,
    theme,
    'worker-url': workerUrl,
  });
});
