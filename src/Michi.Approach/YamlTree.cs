using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Michi.Approach;

/// <summary>A node of a YAML file that remembers where it stands: a scalar, a mapping or a list.</summary>
/// <param name="File">Path of the file relative to the pack's folder.</param>
/// <param name="Line">1-based line of the node's start.</param>
public sealed record YamlTree(string File, int Line)
{
    /// <summary>The text of a scalar; null for a mapping or a list.</summary>
    public string? Scalar { get; init; }

    /// <summary>The entries of a mapping in file order; null otherwise.</summary>
    public OrderedDictionary<string, YamlTree>? Map { get; init; }

    /// <summary>The items of a list; null otherwise.</summary>
    public List<YamlTree>? Items { get; init; }

    /// <summary>The entry of a mapping, or null where there is none.</summary>
    public YamlTree? this[string key] => Map is not null && Map.TryGetValue(key, out var node) ? node : null;

    private const int MaxDepth = 32;
    private const int MaxNodes = 200_000;

    /// <summary>Reads one YAML document without recursion, so that hostile nesting cannot overflow the stack.</summary>
    /// <remarks>Anchors and aliases are refused: a pack does not need them, and they can blow up.</remarks>
    /// <returns>The root, or null after a problem has been added.</returns>
    public static YamlTree? Read(string file, string text, ICollection<PackProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        var open = new Stack<(YamlTree Node, string? Key)>();
        YamlTree? root = null;
        var nodes = 0;
        try
        {
            var parser = new Parser(new StringReader(text));
            while (parser.MoveNext())
            {
                var line = (int)parser.Current!.Start.Line;
                switch (parser.Current)
                {
                    case AnchorAlias or NodeEvent { Anchor.IsEmpty: false }:
                        problems.Add(new(file, line, PackProblemCode.Syntax, "anchors and aliases (& and *) are not used in a pack"));
                        return null;
                    case Scalar scalar when open.TryPeek(out var parent) && parent.Node.Map is not null && parent.Key is null:
                        open.Pop();
                        open.Push((parent.Node, scalar.Value));
                        if (parent.Node.Map.TryGetValue(scalar.Value, out var earlier))
                        {
                            problems.Add(new(file, line, PackProblemCode.DuplicateId, scalar.Value, earlier.Line.ToString(CultureInfo.InvariantCulture)));
                            parent.Node.Map.Remove(scalar.Value);
                        }
                        break;
                    case Scalar scalar:
                        Attach(new(file, line) { Scalar = scalar.Value });
                        break;
                    case MappingStart:
                        Open(new(file, line) { Map = [] });
                        break;
                    case SequenceStart:
                        Open(new(file, line) { Items = [] });
                        break;
                    case MappingEnd or SequenceEnd:
                        open.Pop();
                        break;
                }
                if (open.Count > MaxDepth || nodes > MaxNodes)
                {
                    problems.Add(new(file, line, PackProblemCode.Syntax, "the file is nested too deeply or too large"));
                    return null;
                }
            }
        }
        catch (YamlException error)
        {
            problems.Add(new(file, (int)error.Start.Line, PackProblemCode.Syntax, error.Message));
            return null;
        }
        return root;

        void Open(YamlTree node)
        {
            Attach(node);
            open.Push((node, null));
        }

        void Attach(YamlTree node)
        {
            nodes++;
            if (!open.TryPop(out var parent)) { root ??= node; return; }
            if (parent.Node.Map is not null)
            {
                if (parent.Key is null) throw new YamlException(new Mark(0, node.Line, 1), new Mark(0, node.Line, 1), "a key must be plain text");
                parent.Node.Map[parent.Key] = node;
            }
            else parent.Node.Items!.Add(node);
            open.Push((parent.Node, null));
        }
    }

    /// <summary>Lays one tree over another: mappings are merged key by key, lists of items with an <c>id</c> item by item; anything else is replaced.</summary>
    public static YamlTree Merge(YamlTree below, YamlTree above)
    {
        ArgumentNullException.ThrowIfNull(below);
        ArgumentNullException.ThrowIfNull(above);
        if (below.Map is not null && above.Map is not null)
        {
            var merged = new OrderedDictionary<string, YamlTree>(below.Map);
            foreach (var (key, node) in above.Map) merged[key] = merged.TryGetValue(key, out var old) ? Merge(old, node) : node;
            return above with { Map = merged };
        }
        if (below.Items is not null && above.Items is { Count: > 0 } items && items.All(i => i["id"] is not null))
        {
            var merged = new List<YamlTree>(below.Items);
            foreach (var item in items)
            {
                var at = merged.FindIndex(i => i["id"]?.Scalar == item["id"]!.Scalar);
                if (at < 0) merged.Add(item);
                else merged[at] = Merge(merged[at], item);
            }
            return above with { Items = merged };
        }
        return above;
    }
}
