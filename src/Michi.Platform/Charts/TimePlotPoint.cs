namespace Michi.Platform.Charts;

/// <summary>A point of <see cref="TimePlot"/>.</summary>
/// <param name="Value">Of the moment, or the mean of a stretch of time that begins at it.</param>
/// <param name="Low">Least value; the value again where it stands for one.</param>
/// <param name="High">Most.</param>
public sealed record TimePlotPoint(DateTimeOffset At, double Value, double Low, double High);
