// Draws the figures of a page; each stands in a table beside it, too.
"use strict";

(() => {
  const HEIGHT = 180;
  const drawn = new Map();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const options = (figure, told, width) => ({
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), figure.dataset.zone),
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [0, Math.max(1, high)] } },
    axes: [
      { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false },
        values: (_, moments) => moments.map((moment) => clock(moment, figure.dataset.zone)) },
      { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, size: 60,
        values: (_, numbers) => numbers.map((number) => number.toLocaleString(document.documentElement.lang)) },
    ],
    series: [
      { value: (_, moment) => (moment === null ? "–" : clock(moment, figure.dataset.zone)), label: figure.dataset.time },
      ...told.series.map((each) => ({
        label: each.label, stroke: colour(each.colour), fill: `${colour(each.colour)}22`, width: 2, points: { show: false },
        value: (_, number) => (number === null ? "–" : number.toLocaleString(document.documentElement.lang)),
      })),
    ],
  });
  const clock = (seconds, zone) => new Date(seconds * 1000).toLocaleTimeString(
    document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });

  const draw = (figure, afresh) => {
    const told = JSON.parse(figure.dataset.plot);
    const data = [told.x, ...told.series.map((each) => each.values)];
    const place = figure.querySelector(".canvas");
    let plot = drawn.get(place);
    if (plot && !afresh) {
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
