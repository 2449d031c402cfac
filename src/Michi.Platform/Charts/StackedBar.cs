namespace Michi.Platform.Charts;

/// <summary>A column of <see cref="StackedBarChart"/>.</summary>
/// <param name="Parts">By series, ≥ 0, from the bottom.</param>
/// <param name="Limit">Drawn as a line across the column; null for none.</param>
public sealed record StackedBar(string Label, IReadOnlyList<double> Parts, double? Limit);

/// <summary>A part that every column has.</summary>
/// <param name="Domain">Id of the domain whose colour it takes; null for grey.</param>
public sealed record StackedSeries(string Name, string? Domain);
