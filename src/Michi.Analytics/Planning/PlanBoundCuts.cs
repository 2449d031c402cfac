namespace Michi.Analytics.Planning;

/// <summary>Finds rows that all plans fulfil and the relaxation's solution does not.</summary>
/// <remarks>
/// Capacities: with a dual feasible function f – Σ f(u) ≤ 1 wherever Σ u ≤ 1 – an option started in s takes f(use / capacity) of 1 (Fekete &amp; Schepers
/// 2001; Clautiaux, Alves &amp; Valério de Carvalho 2010). Ladders: what options bring together is a submodular function of the set that has ended, so
/// Nemhauser &amp; Wolsey's (1988) inequalities hold for the level reached.
/// </remarks>
internal sealed class PlanBoundCuts(PlanBoundRows rows)
{
    private const double LeastViolation = 0.01;

    private readonly HashSet<(int, int, int)> _known = [];
    private readonly HashSet<string> _knownClimbs = [];
    private readonly List<(double Violation, Action Add)> _found = [];
    private readonly List<(double Use, double Share)> _active = [];

    /// <summary>Adds the rows violated most.</summary>
    /// <returns>How many.</returns>
    public int Add(ReadOnlySpan<double> shares, int most)
    {
        _found.Clear();
        for (var k = 0; k < rows.Capacities.Count; k++) SeparateCapacity(k, shares);
        foreach (var climb in rows.Climbs) SeparateClimb(climb.Column, climb.Shares, shares);
        foreach (var (_, add) in _found.OrderByDescending(f => f.Violation).Take(most)) add();
        return Math.Min(most, _found.Count);
    }

    private void SeparateCapacity(int index, ReadOnlySpan<double> shares)
    {
        var (capacity, uses) = rows.Capacities[index];
        if (capacity <= 0) return;
        var isWhole = capacity == Math.Floor(capacity);
        // x of each option and start that is not 0.
        var active = new List<(double Use, double Share)>();
        var sizes = new SortedSet<double>();
        foreach (var (option, amounts) in uses)
        {
            var first = rows.ChainStart[option];
            for (var j = 0; j < amounts.Length; j++)
            {
                var x = shares[first + j] - (j > 0 ? shares[first + j - 1] : 0);
                if (amounts[j] <= 0 || x < 1e-6) continue;
                active.Add((amounts[j], x));
                sizes.Add(amounts[j]);
            }
        }
        if (active.Sum(a => a.Use * a.Share) < 0.8 * capacity) return;
        var (best, kind, parameter) = (LeastViolation, 0, 0);
        for (var k = 1; k <= 12; k++)
        {
            var violation = -1.0;
            foreach (var (use, share) in active) violation += Rounded(use, capacity, k, isWhole) * share;
            if (violation > best && !_known.Contains((index, 1, k))) (best, kind, parameter) = (violation, 1, k);
        }
        var list = sizes.Where(z => z <= capacity / 2).ToList();
        for (var i = 0; i < list.Count; i++)
        {
            var violation = -1.0;
            foreach (var (use, share) in active) violation += Stepped(use, capacity, list[i]) * share;
            if (violation > best && !_known.Contains((index, 2, BitConverter.SingleToInt32Bits((float)list[i]))))
                (best, kind, parameter) = (violation, 2, i);
        }
        SeparateCover(index, shares);
        if (kind == 0) return;
        _known.Add((index, kind, kind == 1 ? parameter : BitConverter.SingleToInt32Bits((float)list[parameter])));
        Func<double, double> f = kind == 1 ? use => Rounded(use, capacity, parameter, isWhole) : use => Stepped(use, capacity, list[parameter]);
        _found.Add((best, () => rows.AddStartRow(uses.Select(u => (u.Option, u.Amounts.Select(f).ToArray())), 1)));
    }

    /// <summary>⌊(k + 1) x⌋ / k, and x itself where (k + 1) x is whole.</summary>
    private static double Rounded(double use, double capacity, int k, bool isWhole)
    {
        if (isWhole && use == Math.Floor(use) && (k + 1) * use % capacity == 0) return use / capacity;
        return Math.Max(0, Math.Floor((k + 1) * use / capacity - 1e-12)) / k;
    }

    /// <summary>Carlier, Clautiaux &amp; Moukrim (2007): smaller uses count in whole multiples of a size, larger ones what the others leave.</summary>
    private static double Stepped(double use, double capacity, double size)
    {
        var whole = Math.Floor(capacity / size + 1e-12);
        if (2 * use > capacity * (1 + 1e-12)) return 1 - Math.Floor((capacity - use) / size + 1e-12) / whole;
        return 2 * use >= capacity ? 0.5 : Math.Floor(use / size - (use == size ? 0 : 1e-12)) / whole;
    }

    /// <summary>
    /// A cover C: options and levels of use that together exceed the capacity, so that at most |C| − 1 of them are reached. Any use of as much as the h
    /// largest levels of C takes h of it (Balas 1975): uses u ≥ μ_h have μ_h + μ_k ≥ μ_(h+k), so at |C| what is used would exceed the capacity too.
    /// </summary>
    private void SeparateCover(int index, ReadOnlySpan<double> shares)
    {
        var (capacity, uses) = rows.Capacities[index];
        var levels = new List<(double Level, double Share, int Use)>();
        for (var i = 0; i < uses.Count; i++)
        {
            var (option, amounts) = uses[i];
            var first = rows.ChainStart[option];
            _active.Clear();
            for (var j = 0; j < amounts.Length; j++)
                if (amounts[j] > 0 && shares[first + j] - (j > 0 ? shares[first + j - 1] : 0) is > 1e-6 and var x) _active.Add((amounts[j], x));
            _active.Sort((a, b) => b.Use.CompareTo(a.Use));
            var (share, best) = (0.0, (Level: 0.0, Share: 0.0));
            foreach (var (use, x) in _active)
            {
                share += x;
                if (best.Level == 0 || (1 - share) * best.Level < (1 - best.Share) * use) best = (use, share);
            }
            if (best.Share > 0.05) levels.Add((best.Level, best.Share, i));
        }
        levels.Sort((a, b) => ((1 - a.Share) * b.Level).CompareTo((1 - b.Share) * a.Level));
        var (sum, size) = (0.0, 0);
        while (size < levels.Count && sum <= capacity) sum += levels[size++].Level;
        if (sum <= capacity * (1 + 1e-12)) return;
        levels.RemoveRange(size, levels.Count - size);
        // Without those that are not needed, the least reached first.
        foreach (var level in levels.OrderBy(l => l.Share).ToList())
        {
            if (sum - level.Level <= capacity * (1 + 1e-12)) continue;
            sum -= level.Level;
            levels.Remove(level);
        }
        if (levels.Count < 2) return;
        var largest = levels.Select(l => l.Level).OrderDescending().ToArray();
        for (var h = 1; h < largest.Length; h++) largest[h] += largest[h - 1];
        var own = new double[uses.Count];
        foreach (var (level, _, i) in levels) own[i] = level;
        double Coefficient(int i, double use)
        {
            var h = 0;
            while (h < largest.Length && use >= largest[h]) h++;
            return Math.Max(h, own[i] > 0 && use >= own[i] ? 1 : 0);
        }
        var violation = 1.0 - levels.Count;
        for (var i = 0; i < uses.Count; i++)
        {
            var first = rows.ChainStart[uses[i].Option];
            for (var j = 0; j < uses[i].Amounts.Length; j++)
                if (shares[first + j] - (j > 0 ? shares[first + j - 1] : 0) is > 1e-6 and var x) violation += x * Coefficient(i, uses[i].Amounts[j]);
        }
        if (violation < LeastViolation || !_knownClimbs.Add($"{index}/{string.Join(',', levels.Select(l => (l.Use, l.Level)).Order())}")) return;
        _found.Add((violation / Math.Sqrt(levels.Count - 1), () => rows.AddStartRow(uses.Select((u, i) => (u.Option, u.Amounts.Select(a => Coefficient(i, a)).ToArray())), levels.Count - 1)));
    }

    private void SeparateClimb(int column, (int Column, double Share)[] shares, ReadOnlySpan<double> u)
    {
        var level = u[column];
        if (level < 0.02 || shares.Length < 2) return;
        var order = new (double Ended, int Column, double Share)[shares.Length];
        for (var i = 0; i < shares.Length; i++) order[i] = (u[shares[i].Column], shares[i].Column, shares[i].Share);
        Array.Sort(order, (a, b) => b.Ended != a.Ended ? b.Ended.CompareTo(a.Ended) : b.Share.CompareTo(a.Share));
        var (best, size, sum) = (LeastViolation, 0, 0.0);
        for (var n = 1; n <= order.Length && order[n - 1].Ended > 1e-6; n++)
        {
            sum += order[n - 1].Share;
            var right = Right(order, n, sum, out _, null);
            if (level - right > best) (best, size) = (level - right, n);
        }
        if (size == 0) return;
        var key = $"{column}:{string.Join(',', order.Take(size).Select(o => o.Column).Order())}";
        if (!_knownClimbs.Add(key)) return;
        _found.Add((best, () =>
        {
            var entries = new List<(int, double)> { (column, 1) };
            Right(order, size, order.Take(size).Sum(o => o.Share), out var constant, entries);
            rows.AddRow(entries, constant);
        }
        ));
    }

    /// <summary>What the inequality of the first n options allows: with S too much for the step, 1 − Σ_S what their lack takes + what the others bring;
    /// with too little, what they bring + what the others can add to it.</summary>
    private static double Right((double Ended, int Column, double Share)[] order, int n, double sum, out double constant, List<(int, double)>? entries)
    {
        var right = constant = Math.Min(1, sum);
        for (var i = 0; i < order.Length; i++)
        {
            var (ended, column, share) = order[i];
            var entry = sum > 1 ? (i < n ? Math.Max(0, share - (sum - 1)) : share) : i < n ? 0 : Math.Min(share, 1 - sum);
            if (i < n) (right, constant) = (right - entry * (1 - ended), constant - entry);
            else right += entry * ended;
            if (entry != 0) entries?.Add((column, -entry));
        }
        return right;
    }
}
