#!/usr/bin/env python3
"""Fits the weights of the ranking on the open questions, and says how well they do on trees that they were not fitted on.

    TREES=... FEATURES=features.jsonl cargo bench --bench retrieval     writes the features of every candidate
    python3 benches/retrieval/fit.py features.jsonl                     prints weights and NDCG@10 by kind

Loss: for each query the cross-entropy of a soft-max over its candidates (over files for change and question rows), kinds
weighted alike, with a small pull towards zero. Five folds by tree. Needs numpy and scipy; nothing else here does.
"""
import argparse, json, sys
from pathlib import Path
import numpy as np
from scipy.optimize import minimize

HERE = Path(__file__).parent
RATE = Path(__file__).parents[2] / 'server/core/src/rank.rs'


def names():
    import re
    return re.findall(r'feature\("([a-z-]+)", (-?[0-9.]+),', RATE.read_text())


def load(path):
    questions = {}
    for line in open(HERE / 'open.jsonl'):
        q = json.loads(line); questions[q['id']] = q
    out = []
    for line in open(path):
        r = json.loads(line); q = questions[r['id']]; rows = r['rows']
        if not rows: out.append((q, None, None, None)); continue
        x = np.array([row[3] for row in rows], dtype=np.float64)
        if q['kind'] == 'doc':
            y = np.array([any(row[0] == t['path'] and row[1] <= t['end'] and row[2] >= t['start'] for t in q['targets']) for row in rows])
            g = None
        else:
            want = {t['path'] for t in q['targets']}; skip = set(q.get('secondary', ())) - want
            keep = [i for i, row in enumerate(rows) if row[0] not in skip]
            rows = [rows[i] for i in keep]; x = x[keep]
            y = np.array([row[0] in want for row in rows])
            ids = {}; g = np.array([ids.setdefault(row[0], len(ids)) for row in rows])
        out.append((q, x, y, g))
    return out


def ndcg(q, x, y, g, w):
    if x is None or len(y) == 0: return 0.0
    s = x @ w; order = np.argsort(-s, kind='stable')
    if g is None:
        rank = np.flatnonzero(y[order][:10])
        return 1 / np.log2(rank[0] + 2) if len(rank) else 0.0
    n = len({t['path'] for t in q['targets']}); seen, gains = set(), []
    for i in order:
        if g[i] in seen: continue
        seen.add(g[i]); gains.append(y[i])
        if len(gains) == 10: break
    return sum(1 / np.log2(i + 2) for i, hit in enumerate(gains) if hit) / sum(1 / np.log2(i + 2) for i in range(min(n, 10)))


KINDS = ('change', 'doc', 'question')


def fit(data, start, free, scale, pull, kind_weight):
    counts = {k: sum(q['kind'] == k for q, *_ in data) for k in KINDS}
    useful = [d for d in data if d[1] is not None and len(d[2]) and d[2].any() and not d[2].all()]
    # all candidates in one matrix; groups (files, or single rows) and queries as offsets
    X = np.concatenate([d[1] for d in useful]) / scale
    def objective(w):
        full = start * scale; full = full.copy(); full[free] = w
        s = X @ full; loss = 0.0; ds = np.zeros_like(s); at = 0
        for q, x, y, g in useful:
            n = len(y); sv = s[at:at + n]
            if g is None:
                m = sv.max(); e = np.exp(sv - m); z = e.sum(); p = e / z; pos = p[y].sum() + 1e-12
                c = kind_weight[q['kind']] / counts[q['kind']]
                loss -= c * np.log(pos); ds[at:at + n] += c * (p - np.where(y, p / pos, 0))
            else:
                k = g.max() + 1; top = np.full(k, -np.inf); np.maximum.at(top, g, sv)
                arg = np.zeros(k, int); best = sv == top[g]; arg[g[best]] = np.flatnonzero(best)
                m = top.max(); e = np.exp(top - m); z = e.sum(); p = e / z; yf = y[arg]; pos = p[yf].sum() + 1e-12
                c = kind_weight[q['kind']] / counts[q['kind']]
                loss -= c * np.log(pos); ds[at + arg] += c * (p - np.where(yf, p / pos, 0))
            at += n
        grad = (X.T @ ds)[free]
        return loss + pull * (w @ w), grad + 2 * pull * w
    r = minimize(objective, (start * scale)[free], jac=True, method='L-BFGS-B', options={'maxiter': 200})
    full = (start * scale).copy(); full[free] = r.x
    return full / scale


def report(data, w):
    by = {k: [] for k in KINDS}
    for d in data: by[d[0]['kind']].append(ndcg(*d, w))
    return {k: float(np.mean(v)) if v else 0 for k, v in by.items()}, by


def main():
    a = argparse.ArgumentParser(); a.add_argument('features'); a.add_argument('--pull', type=float, default=1e-3)
    a.add_argument('--drop', default='', help='features to leave out, comma separated'); a.add_argument('--no-cv', action='store_true')
    a.add_argument('--kinds', default='1,1,1'); a.add_argument('--fix', default='', help='features kept at their weight')
    o = a.parse_args()
    pairs = names(); labels = [n for n, _ in pairs]; start = np.array([float(v) for _, v in pairs])
    data = load(o.features)
    cover = {k: np.mean([d[2] is not None and bool(d[2].any()) for d in data if d[0]['kind'] == k]) for k in KINDS}
    print('candidates hold an answer:', {k: round(float(v), 3) for k, v in cover.items()})
    print('weights as they are:      ', {k: round(v, 4) for k, v in report(data, start)[0].items()})
    drop = set(filter(None, o.drop.split(','))); fix = set(filter(None, o.fix.split(',')))
    start = np.array([0.0 if n in drop else v for n, v in zip(labels, start)])
    free = np.array([n not in drop and n not in fix for n in labels])
    spread = np.concatenate([d[1] for d in data if d[1] is not None]).std(0); scale = np.where(spread > 0, spread, 1)
    kw = dict(zip(KINDS, map(float, o.kinds.split(','))))
    if not o.no_cv:
        trees = sorted({d[0].get('tree', d[0]['repo']) for d in data}); rng = np.random.default_rng(7); rng.shuffle(trees)
        by = {k: [] for k in KINDS}
        for fold in range(5):
            held = set(trees[fold::5]); inside = lambda d: d[0].get('tree', d[0]['repo']) in held
            w = fit([d for d in data if not inside(d)], start, free, scale, o.pull, kw)
            for k, v in report([d for d in data if inside(d)], w)[1].items(): by[k] += v
        print('cross-validated by tree:  ', {k: round(float(np.mean(v)), 4) for k, v in by.items()})
    w = fit(data, start, free, scale, o.pull, kw)
    print('fitted on all:            ', {k: round(v, 4) for k, v in report(data, w)[0].items()})
    for n, v, s in zip(labels, w, scale): print(f'    feature("{n}", {v:.2f}, ...)   x spread {v * s:+.2f}')


main()
