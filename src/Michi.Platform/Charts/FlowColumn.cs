namespace Michi.Platform.Charts;

/// <summary>One column of <see cref="FlowChart"/>.</summary>
public sealed record FlowColumn(string Heading, IReadOnlyList<FlowNode> Nodes);

/// <summary>A box of <see cref="FlowChart"/>.</summary>
/// <param name="Id">Unique in the chart; of two alike the first gets the arrows.</param>
/// <param name="LeadsTo">Ids of other boxes; those that are not there are left out.</param>
public sealed record FlowNode(string Id, string Label, IReadOnlyList<string> LeadsTo);
