"""What was measured, as a table, as JSON and as a picture."""

import json
import statistics

BASELINE = "page"
TITLES = {"reprise": "Reprise", "reprise_safe": "Reprise, with its safety backup",
          "reprise_incremental": "Reprise, incremental", "reprise_new": "Reprise, a new environment", "restart": "Odoo alone, restarted", "page": "the page's procedure",
          "odoo_manager": "Odoo's database manager", "click_odoo": "click-odoo's way", "undo": "undo"}
COLOURS = {"reprise": "#2f855a", "reprise_safe": "#68a585", "reprise_incremental": "#68a585", "reprise_new": "#68a585"}


def medians(rounds):
    """{contender: {figure: median}} of a list of {contender: {figure: number}}."""
    result = {}
    for name in {name for one in rounds for name in one}:
        runs = [one[name] for one in rounds if name in one]
        figures = {figure for run in runs for figure, value in run.items() if isinstance(value, (int, float))}
        result[name] = {figure: statistics.median(run[figure] for run in runs if figure in run) for figure in sorted(figures)}
    return result


def ratios(rounds, figure):
    """Median over the rounds of each contender's figure by the baseline's of the same round."""
    names = {name for one in rounds for name in one}
    per_round = {name: [one[name][figure] / one[BASELINE][figure] for one in rounds
                        if name in one and BASELINE in one and one[BASELINE].get(figure)] for name in names}
    return {name: statistics.median(values) for name, values in per_round.items() if values}


def table(title, rounds):
    lines = [f"{title} ({len(rounds)} rounds, medians)", f"{'':34}{'total s':>9}{'ratio':>7}{'down s':>9}{'ratio':>7}{'CPU s':>8}{'ratio':>7}"
             f"{'read MB':>9}{'peak MB':>9}"]
    total, down, cpu = (ratios(rounds, figure) for figure in ("total_seconds", "downtime_seconds", "cpu_seconds"))
    for name, figures in sorted(medians(rounds).items(), key=lambda item: item[1]["total_seconds"]):
        def cell(figure, width, scale=1.0, digits=1):
            return f"{figures[figure] / scale:>{width}.{digits}f}" if figure in figures else " " * (width - 1) + "-"

        def ratio(of):
            return f"{of[name]:>7.2f}" if name in of else f"{'-':>7}"
        lines.append(f"{TITLES.get(name, name):34}{cell('total_seconds', 9)}{ratio(total)}{cell('downtime_seconds', 9)}{ratio(down)}"
                     f"{cell('cpu_seconds', 8)}{ratio(cpu)}{cell('bytes_read', 9, 1e6, 0)}{cell('peak_memory_bytes', 9, 1e6, 0)}")
    return "\n".join(lines)


def figures_of(rounds, name, figure, first=0):
    return [one[name][figure] for one in rounds[first:] if figure in one.get(name, {})]


def goals(results):
    """(figure, what was measured, at most) for each that this run can tell."""
    restores, backups, undos = (results.get(key, []) for key in ("restores", "backups", "undos"))
    found = []

    def add(title, values, most, unit=""):
        if values:
            found.append((title, statistics.median(values), most, unit))

    def by_page(rounds, name, figure, of=None, first=0):
        return [one[name][figure] / one[BASELINE][of or figure] for one in rounds[first:]
                if figure in one.get(name, {}) and one.get(BASELINE, {}).get(of or figure)]

    add("restore to original, total, by the page's", by_page(restores, "reprise", "total_seconds"), 0.40)
    add("... downtime", by_page(restores, "reprise", "downtime_seconds"), 0.12)
    add("... bytes read, by the dump and 5 % of the filestore",
        [read["reprise"]["bytes_read"] / (made["reprise"]["parts"]["dump"] + made["reprise"]["parts"]["filestore"] / 20)
         for read, made in zip(restores, backups) if "reprise" in read and "reprise" in made], 1.0)
    add("restore to new, total, by the page's without stop and start", by_page(restores, "reprise_new", "total_seconds", "moving_seconds"), 0.60)
    add("undo until Odoo answers, more than its own restart", [one["reprise"]["answer_seconds"] - one["restart"]["answer_seconds"]
                                                              for one in undos if "reprise" in one and "restart" in one], 1.0, " s")
    add("backup, total, by the page's", by_page(backups, "reprise", "total_seconds"), 0.30)
    add("incremental backup, from the second on, by the page's", by_page(backups, "reprise_incremental", "total_seconds", first=1), 0.20)
    at_once = results.get("at_once")
    alone = figures_of(restores, "reprise_new", "total_seconds")
    if at_once and alone:
        add(f"{at_once['restores']} restores to new at once, by as many one by one",
            [at_once["total_seconds"] / at_once["restores"] / statistics.median(alone)], 1.0)
    ours = [figures for rounds in (restores, backups, undos) for one in rounds for figures in one.values()]
    peaks = [figures["peak_memory_bytes"] / 1e6 for figures in [*ours, at_once or {}] if "peak_memory_bytes" in figures]
    add("peak memory, the worst of all", [max(peaks)] if peaks else [], 256, " MB")
    for rounds, kind in ((backups, "backup"), (restores, "restore")):
        add(f"time told while it runs is wrong by, {kind}, from the second on", figures_of(rounds, "reprise", "eta_error", 1), 0.20)
    add("time told by the plan is wrong by, from the second on", figures_of(restores, "reprise", "plan_error", 1), 0.20)
    return found


def goal_table(results):
    lines = ["What must hold"]
    for title, value, most, unit in goals(results):
        lines.append(f"  {title:64}{value:8.2f}{unit:3} at most {most:g}{unit}{'' if value <= most else '   MISSED'}")
    return "\n".join(lines)


def failure_list(results):
    lines = [f"  {one['what']}, {TITLES.get(one['contender'], one['contender'])}: {one['why']}" for one in results.get("failures", [])]
    return ["\n".join(["What failed", *lines])] if lines else []


def picture(results):
    """Bars of total and downtime, as SVG."""
    groups = [(title, medians(results[key])) for key, title in (("restores", "Restore"), ("backups", "Backup")) if results[key]]
    longest = max((f["total_seconds"] for _, group in groups for f in group.values()), default=1)
    rows, y = [], 30
    for title, group in groups:
        rows.append(f'<text x="10" y="{y}" class="h">{title}: seconds in all, and of these Odoo did not answer (dark)</text>')
        y += 12
        for name, figures in sorted(group.items(), key=lambda item: item[1]["total_seconds"]):
            total, down = figures["total_seconds"], min(figures["downtime_seconds"], figures["total_seconds"])
            width, dark = 480 * total / longest, 480 * down / longest
            colour = COLOURS.get(name, "#a0aec0")
            rows.append(f'<text x="10" y="{y + 15}">{TITLES.get(name, name)}</text>'
                        f'<rect x="220" y="{y}" width="{width:.1f}" height="20" fill="{colour}"/>'
                        f'<rect x="220" y="{y}" width="{dark:.1f}" height="20" fill="#742a2a"/>'
                        f'<text x="{226 + width:.1f}" y="{y + 15}">{total:.1f} s' + (f", {down:.1f} s away" if down > 0.3 else "")
                        + "</text>")
            y += 28
        y += 26
    about = results["about"]
    rows.append(f'<text x="10" y="{y}">Medians of {about["rounds"]} rounds in one run, data at scale {about["scale"]:g}, '
                f'{about["cores"]} cores</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 {y + 14}" font-family="sans-serif" font-size="13">'
            f'<style>.h{{font-weight:bold}} text{{fill:#2d3748}}</style><rect width="880" height="{y + 14}" fill="#fff"/>'
            + "".join(rows) + "</svg>\n")


def write(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "results.svg").write_text(picture(results))
    text = "\n\n".join([*(table(title, results[key]) for key, title in
                         (("restores", "Restore"), ("backups", "Backup"), ("undos", "Undo")) if results[key]),
                        *failure_list(results), goal_table(results)])
    (folder / "results.txt").write_text(text + "\n")
    return text
