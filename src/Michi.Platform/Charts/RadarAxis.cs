namespace Michi.Platform.Charts;

/// <summary>One axis of <see cref="RadarChart"/>.</summary>
/// <param name="Code">Short sign at the end of the axis, such as "P1".</param>
/// <param name="Label">Full name.</param>
/// <param name="Median">On the chart's scale; NaN when nothing is known, which leaves a gap.</param>
/// <param name="Low">Lower end of the interval (5 %).</param>
/// <param name="High">Upper end of the interval (95 %).</param>
/// <param name="Domain">Id of the domain; axes of one domain stand together.</param>
/// <param name="Href">Makes the name in the list below a link.</param>
/// <param name="InnerLow">Lower end of the inner interval (25 %), where the chart shows one.</param>
/// <param name="InnerHigh">Upper end of the inner interval (75 %).</param>
public sealed record RadarAxis(string Code, string Label, double Median, double Low, double High, string? Domain = null, string? Href = null,
    double InnerLow = double.NaN, double InnerHigh = double.NaN);
