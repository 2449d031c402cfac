namespace Michi.Platform.Charts;

/// <summary>One row of <see cref="IntervalBars"/>.</summary>
/// <param name="Label">What is measured.</param>
/// <param name="Median">On the chart's scale; NaN when nothing is known.</param>
/// <param name="Low">Lower end of the interval (5 %).</param>
/// <param name="High">Upper end of the interval (95 %).</param>
/// <param name="Domain">Id of the domain whose colour and mark the row takes.</param>
/// <param name="Threshold">A value to reach, drawn as a dashed line.</param>
/// <param name="Href">Makes the label a link.</param>
public sealed record IntervalBar(
    string Label, double Median, double Low, double High, string? Domain = null, double? Threshold = null, string? Href = null);
