namespace Michi.Platform.Charts;

/// <summary>One row of <see cref="RankIntervals"/>.</summary>
/// <param name="Label">What is ranked, such as a city.</param>
/// <param name="Median">Median rank, 1 = first; NaN when not ranked.</param>
/// <param name="Low">5 % of its ranks are better than this.</param>
/// <param name="High">5 % of its ranks are worse than this.</param>
/// <param name="Href">Makes the label a link.</param>
public sealed record RankInterval(string Label, double Median, double Low, double High, string? Href = null);
