namespace Michi.Platform.Charts;

/// <summary>One stage of <see cref="StageBar"/>.</summary>
/// <param name="Label">Name of the stage.</param>
/// <param name="Probability">0 to 1; NaN when not known.</param>
public sealed record StageShare(string Label, double Probability);
