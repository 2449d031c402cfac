namespace Michi.Platform.Charts;

/// <summary>A value with its interval at one time.</summary>
/// <param name="Value">On the chart's scale; NaN when nothing is known.</param>
/// <param name="Low">Lower end of the interval (5 %).</param>
/// <param name="High">Upper end of the interval (95 %).</param>
public readonly record struct ChangePoint(double Value, double Low, double High);

/// <summary>One row of <see cref="ChangeBars"/>.</summary>
/// <param name="Label">What is measured.</param>
/// <param name="Domain">Id of the domain whose colour and mark the row takes.</param>
/// <param name="Href">Makes the label a link.</param>
public sealed record ChangeBar(string Label, ChangePoint Before, ChangePoint After, string? Domain = null, string? Href = null);
