/** Icons: line drawings on a grid of 24 in the colour of the text around them. */

const PATHS = {
  messages: "M4 6h16v10H8l-4 4z",
  builder: "M4 20l4-1L19 8l-3-3L5 16z M14 7l3 3",
  schedules: "M5 6h14v14H5z M5 10h14 M9 3v4 M15 3v4",
  queues: "M4 6h16 M4 12h16 M4 18h10",
  groups: "M6 12h5 M11 12l6-6 M11 12l6 6 M11 12h6 M4 12h2 M19 5v2 M19 11v2 M19 17v2",
  flow: "M4 5h16l-6 8v6l-4-2v-4z",
  dlq: "M4 8h16v12H4z M4 8l3-4h10l3 4 M9 14h6",
  workflows: "M6 4v6 M6 10a4 4 0 004 4h4a4 4 0 014 4v2 M4 4h4 M16 20h4 M6 14v6 M4 20h4",
  refused: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6z M8 12h8",
  inbox: "M4 13l3-8h10l3 8v6H4z M4 13h5l1 3h4l1-3h5",
  clock: "M12 4a8 8 0 100 16 8 8 0 000-16z M12 8v4l3 2",
  setup: "M4 7h9 M17 7h3 M13 5v4 M4 17h3 M11 17h9 M7 15v4",
  check: "M5 12l5 5 9-10",
  cross: "M6 6l12 12 M18 6L6 18",
  retry: "M19 12a7 7 0 11-2-5 M19 4v4h-4",
  wait: "M7 4h10 M7 20h10 M8 4c0 5 8 5 8 8s-8 3-8 8 M16 4c0 5-8 5-8 8s8 3 8 8",
  fly: "M4 12l16-8-6 16-3-7z",
  stop: "M12 4a8 8 0 100 16 8 8 0 000-16z M7 17L17 7",
  warning: "M12 4l9 16H3z M12 10v4 M12 17v.5",
  search: "M11 5a6 6 0 100 12 6 6 0 000-12z M16 16l4 4",
  copy: "M9 9h10v11H9z M5 15V4h10",
  play: "M7 5l11 7-11 7z",
  help: "M9 9a3 3 0 115 2c-1 1-2 1-2 3 M12 18v.5",
  system: "M4 5h16v11H4z M9 20h6 M12 16v4",
  light: "M12 8a4 4 0 100 8 4 4 0 000-8z M12 2v2 M12 20v2 M2 12h2 M20 12h2 M5 5l1.5 1.5 M17.5 17.5L19 19 M5 19l1.5-1.5 M17.5 6.5L19 5",
  dark: "M19 14A8 8 0 119 5a7 7 0 0010 9z",
  live: "M12 10a2 2 0 100 4 2 2 0 000-4z M8 8a6 6 0 000 8 M16 8a6 6 0 010 8 M5 5a10 10 0 000 14 M19 5a10 10 0 010 14",
  pause: "M8 5v14 M16 5v14",
  lost: "M4 4l16 16 M8 9a6 6 0 000 7 M16 8a6 6 0 011 6 M5 6a10 10 0 000 13 M19 5a10 10 0 011 11",
  menu: "M4 7h16 M4 12h16 M4 17h16",
  back: "M14 6l-6 6 6 6",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  plus: "M12 5v14 M5 12h14",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  fast: "M4 6l7 6-7 6z M13 6l7 6-7 6z",
  travel: "M4 12a8 8 0 108-8 8 8 0 00-6 3 M4 4v4h4 M12 8v4l3 2",
  user: "M12 5a3 3 0 100 6 3 3 0 000-6z M6 20c0-4 3-6 6-6s6 2 6 6",
  link: "M10 14a4 4 0 006 0l3-3a4 4 0 00-6-6l-1 1 M14 10a4 4 0 00-6 0l-3 3a4 4 0 006 6l1-1",
  bin: "M5 7h14 M9 7V4h6v3 M7 7l1 13h8l1-13 M10 11v5 M14 11v5",
  pin: "M9 4h6 M10 4l-1 7-3 3h12l-3-3-1-7 M12 14v6",
  bell: "M6 16V11a6 6 0 0112 0v5l2 2H4z M10 21h4",
  moon: "M19 14A8 8 0 119 5a7 7 0 0010 9z",
  split: "M4 12h4 M8 12c4 0 3-6 8-6h4 M8 12c4 0 3 6 8 6h4 M8 12h12",
  step: "M5 6h14v12H5z M9 10l2 2-2 2 M13 14h3",
  hook: "M12 4v9a4 4 0 11-4-4 M12 4l4 4",
} as const;

export type IconName = keyof typeof PATHS;

/** Hidden from screen readers: its meaning is always given as text beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
