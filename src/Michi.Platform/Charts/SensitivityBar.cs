namespace Michi.Platform.Charts;

/// <summary>A sensitivity index with its interval.</summary>
/// <param name="Value">Share of the variance, 0 to 1; an estimate may lie slightly outside. NaN when not known.</param>
/// <param name="Low">Lower end of the interval (5 %).</param>
/// <param name="High">Upper end of the interval (95 %).</param>
public readonly record struct SensitivityIndex(double Value, double Low, double High);

/// <summary>One row of <see cref="SensitivityBars"/>.</summary>
/// <param name="Label">The uncertain input.</param>
/// <param name="First">First-order index: the input alone.</param>
/// <param name="Total">Total index: the input with all its interactions.</param>
/// <param name="Domain">Id of the domain whose colour and mark the row takes.</param>
public sealed record SensitivityBar(string Label, SensitivityIndex First, SensitivityIndex Total, string? Domain = null);
