using Michi.Roadmap.Initiatives;

namespace Michi.Roadmap.Explain;

/// <summary>What a figure is taken to range between where an initiative gives no range of its own, as shares of what is planned: assumptions of ours, shown wherever they count.</summary>
/// <remarks>
/// Wider upwards for money and time, because projects cost more and last longer than planned far more often than the reverse: 27 % on average for the cost of 1,471 projects of
/// information technology (Flyvbjerg &amp; Budzier 2011, Harvard Business Review 89(9):23-25). Benefits tend to fall short.
/// </remarks>
internal readonly record struct AssumedRange(double Low, double High)
{
    public static AssumedRange Cost { get; } = new(0.9, 1.3);
    public static AssumedRange Duration { get; } = new(1, 1.5);
    public static AssumedRange People { get; } = new(0.9, 1.3);
    public static AssumedRange Operation { get; } = new(0.9, 1.3);
    public static AssumedRange Benefit { get; } = new(0.7, 1.1);

    /// <summary>Low and high as given, or where they are one figure, as assumed.</summary>
    public Expected Fill(Expected given) => given.Low < given.High ? given : given with { Low = given.Planned * Low, High = given.Planned * High };
}
