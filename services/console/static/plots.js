// Draws the figures of a page; each stands in a table beside it, too.
"use strict";

(() => {
  const HEIGHT = 180;
  const drawn = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const DAY = 86400;
  const language = () => document.documentElement.lang;
  const number = (value) => (value === null || value === undefined ? "–" : value.toLocaleString(language()));
  const written = (seconds, zone, parts) =>
    new Date(seconds * 1000).toLocaleString(language(), { hour12: false, timeZone: zone, ...parts });
  const clock = { hour: "2-digit", minute: "2-digit" };
  const date = { day: "2-digit", month: "2-digit" };

  // Steps in which nothing happened are not told.
  const columns = (told) => {
    const steps = Array.from({ length: told.count }, (_, place) => told.start + place * told.step);
    const values = told.series.map((each) => {
      const column = new Array(told.count).fill(told.quiet);
      told.at.forEach((place, which) => { column[place] = each.values[which]; });
      return column;
    });
    return [steps, ...values];
  };
  // Moments that are marked: a line from top to bottom, with its word beside it.
  const marking = (figure) => ({ hooks: { draw: (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("--accent");
    ctx.font = `${12 * devicePixelRatio}px sans-serif`;
    ctx.setLineDash([4, 4]);
    const told = JSON.parse(figure.dataset.plot);
    told.marks.forEach((mark) => {
      const across = plot.valToPos(told.start + mark.at * told.step, "x", true);
      if (across < bbox.left || across > bbox.left + bbox.width) return;
      ctx.beginPath();
      ctx.moveTo(across, bbox.top);
      ctx.lineTo(across, bbox.top + bbox.height);
      ctx.stroke();
      const left = across > bbox.left + bbox.width * 0.8;
      ctx.textAlign = left ? "right" : "left";
      ctx.fillText(mark.label, across + (left ? -4 : 4), bbox.top + 12 * devicePixelRatio);
    });
    ctx.restore();
  } } });
  const options = (figure, told, width) => {
    const { zone, time } = figure.dataset;
    const length = told.count * told.step;
    const parts = told.step >= DAY ? date : length > DAY * 1.5 ? { ...date, ...clock } : clock;
    const grid = { stroke: colour("--line"), width: 1 };
    return {
      width,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_, low, high) => [0, Math.max(told.quiet === null ? 0.01 : 1, high)] } },
      plugins: [marking(figure)],
      axes: [
        { stroke: colour("--soft"), grid, ticks: { show: false }, space: parts.day && parts.hour ? 100 : 60,
          values: (_, moments) => moments.map((moment) => written(moment, zone, parts)) },
        { stroke: colour("--soft"), grid, ticks: { show: false }, size: 60, values: (_, numbers) => numbers.map(number) },
      ],
      series: [
        { label: time, value: (_, moment) => (moment === null ? "–" : written(moment, zone, parts)) },
        ...told.series.map((each) => ({
          label: each.label, stroke: colour(each.colour), fill: each.dashed ? undefined : `${colour(each.colour)}22`,
          width: 2, dash: each.dashed ? [5, 4] : undefined, spanGaps: true, value: (_, value) => number(value),
          points: { show: told.quiet === null && told.at.length < 60, size: 6 },
        })),
      ],
    };
  };

  const draw = (figure, afresh) => {
    const told = JSON.parse(figure.dataset.plot);
    const data = columns(told);
    const place = figure.querySelector(".canvas");
    let plot = drawn.get(place);
    if (plot && !afresh && plot.series.length === data.length) {
      plot.setData(data);
      return;
    }
    plot?.destroy();
    plot = new uPlot(options(figure, told, place.clientWidth), data, place);
    drawn.set(place, plot);
  };
  const all = (afresh) => {
    document.querySelectorAll("[data-plot]").forEach((figure) => draw(figure, afresh));
    drawn.forEach((plot, place) => { if (!place.isConnected) { plot.destroy(); drawn.delete(place); } });
  };

  document.addEventListener("DOMContentLoaded", () => all(true));
  document.addEventListener("htmx:after:swap", () => all(false));
  window.addEventListener("resize", () => drawn.forEach((plot, place) => plot.setSize({ width: place.clientWidth, height: HEIGHT })));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(true));
})();
