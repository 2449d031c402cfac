using System.Text;

namespace Michi.Platform.Charts;

/// <summary>Geometry of a radar chart in a 360 × 360 box whose centre is (0, 0). The first axis stands half a step right of the top,
/// so that the scale has the vertical to itself.</summary>
internal sealed class RadarLayout
{
    public const double Radius = 132;
    private const double LineHeight = 14;
    private const double LabelGap = 6;
    private const double LabelEdge = 186;
    private const double NameWidth = 13.5;
    private const double ColumnHeight = 400;
    private const int MostLabels = 30;

    private readonly IReadOnlyList<RadarAxis> _axes;
    private readonly double _maximum;

    public RadarLayout(IReadOnlyList<RadarAxis> axes, double maximum)
    {
        _axes = axes;
        _maximum = maximum;
        Names = axes.Count <= MostLabels ? PlaceNames() : [];
    }

    /// <summary>A name beside the chart: its lines, where they begin, and the line that leads to its axis.</summary>
    public sealed record Name(RadarAxis Axis, IReadOnlyList<string> Lines, bool IsLeft, double X, double Y, string Leader);

    /// <summary>Empty when there are too many axes to name.</summary>
    public IReadOnlyList<Name> Names { get; }

    /// <summary>Every how many axes a code is written, so that codes do not touch.</summary>
    public int CodeEvery => Math.Max(1, (_axes.Count + 35) / 36);

    public (double X, double Y) Point(double axis, double radius)
    {
        var angle = 2 * Math.PI * (axis + 0.5) / _axes.Count;
        return (radius * Math.Sin(angle), -radius * Math.Cos(angle));
    }

    public double RadiusOf(double value) => Radius * Math.Clamp(value / _maximum, 0, 1);

    /// <summary>The line through the medians, broken where an axis is unknown.</summary>
    public string MedianPath() => Path((axis, path, isFirst) => Append(path, axis, _axes[axis].Median, isFirst), closes: true);

    /// <summary>The area between two values of each axis, such as low and high.</summary>
    public string BandPath(Func<RadarAxis, double> low, Func<RadarAxis, double> high)
    {
        var path = new StringBuilder();
        foreach (var (start, length) in Runs())
        {
            var full = length == _axes.Count && length > 1;
            for (var i = 0; i < length; i++)
                Append(path, (start + i) % _axes.Count, high(_axes[(start + i) % _axes.Count]), i == 0);
            for (var i = length - 1; i >= 0; i--)
                Append(path, (start + i) % _axes.Count, low(_axes[(start + i) % _axes.Count]), full && i == length - 1);
            path.Append('Z');
        }
        return path.ToString();
    }

    /// <summary>An arc outside the scale for each run of axes of one domain.</summary>
    public IEnumerable<(string? Domain, string Path)> DomainArcs()
    {
        for (int first = 0, next; first < _axes.Count; first = next)
        {
            next = first + 1;
            while (next < _axes.Count && _axes[next].Domain == _axes[first].Domain)
                next++;
            if (next - first == _axes.Count)
                yield break;
            var (x1, y1) = Point(first - 0.42, Radius + 7);
            var (x2, y2) = Point(next - 0.58, Radius + 7);
            var large = next - first > _axes.Count / 2.0 ? 1 : 0;
            yield return (_axes[first].Domain,
                $"M{Svg.Number(x1)} {Svg.Number(y1)}A{Svg.Number(Radius + 7)} {Svg.Number(Radius + 7)} 0 {large} 1 {Svg.Number(x2)} {Svg.Number(y2)}");
        }
    }

    private string Path(Action<int, StringBuilder, bool> append, bool closes)
    {
        var path = new StringBuilder();
        foreach (var (start, length) in Runs())
        {
            for (var i = 0; i < length; i++)
                append((start + i) % _axes.Count, path, i == 0);
            if (closes && length == _axes.Count && length > 2)
                path.Append('Z');
        }
        return path.ToString();
    }

    private void Append(StringBuilder path, int axis, double value, bool isFirst)
    {
        var (x, y) = Point(axis, RadiusOf(value));
        path.Append(isFirst ? 'M' : 'L').Append(Svg.Number(x)).Append(' ').Append(Svg.Number(y));
    }

    // Runs of neighbouring known axes, round the circle.
    private IEnumerable<(int Start, int Length)> Runs()
    {
        var count = _axes.Count;
        var gap = -1;
        for (var i = 0; i < count && gap < 0; i++)
        {
            if (!double.IsFinite(_axes[i].Median))
                gap = i;
        }
        if (gap < 0)
        {
            if (count > 0)
                yield return (0, count);
            yield break;
        }
        var length = 0;
        for (var i = 1; i <= count; i++)
        {
            var axis = (gap + i) % count;
            if (double.IsFinite(_axes[axis].Median))
            {
                length++;
            }
            else
            {
                if (length > 0)
                    yield return ((axis - length + count) % count, length);
                length = 0;
            }
        }
    }

    // Names stand in two columns, as near to the height of their axis as their neighbours allow.
    private List<Name> PlaceNames()
    {
        var names = new List<Name>();
        foreach (var isLeft in new[] { false, true })
        {
            var sides = Enumerable.Range(0, _axes.Count).Where(axis => Point(axis, 1).X < 0 == isLeft).OrderBy(axis => Point(axis, 1).Y).ToList();
            var column = Fit(sides);
            var tops = new double[column.Count];
            for (var i = 0; i < column.Count; i++)
            {
                var wanted = Point(column[i].Axis, Radius + 10).Y * 1.2 - column[i].Lines.Count * LineHeight / 2;
                tops[i] = i == 0 ? wanted : Math.Max(wanted, tops[i - 1] + column[i - 1].Lines.Count * LineHeight + LabelGap);
            }
            for (var i = column.Count - 1; i >= 0; i--)
            {
                var limit = i == column.Count - 1 ? 190 : tops[i + 1] - LabelGap;
                tops[i] = Math.Min(tops[i], limit - column[i].Lines.Count * LineHeight);
            }
            for (var i = 0; i < column.Count; i++)
            {
                var (axis, lines) = column[i];
                var x = isLeft ? -LabelEdge : LabelEdge;
                var middle = tops[i] + lines.Count * LineHeight / 2;
                var (fromX, fromY) = Point(axis, Radius + 13);
                var (kneeX, kneeY) = (isLeft ? -LabelEdge + 12 : LabelEdge - 12, middle);
                var leader = $"M{Svg.Number(fromX)} {Svg.Number(fromY)}L{Svg.Number(kneeX)} {Svg.Number(kneeY)}H{Svg.Number(isLeft ? x + 5 : x - 5)}";
                names.Add(new(_axes[axis], lines, isLeft, x, tops[i] + LineHeight - 3.5, leader));
            }
        }
        return names;
    }

    // As many lines a name as the column has height for.
    private List<(int Axis, IReadOnlyList<string> Lines)> Fit(List<int> axes)
    {
        for (var most = 3; ; most--)
        {
            var column = axes.ConvertAll(axis => (axis, ChartText.Wrap($"{_axes[axis].Code} {_axes[axis].Label}", NameWidth, most)));
            if (most == 1 || column.Sum(name => name.Item2.Count * LineHeight + LabelGap) <= ColumnHeight)
                return column;
        }
    }
}
