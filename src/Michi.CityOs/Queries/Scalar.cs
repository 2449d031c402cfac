using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

internal enum ScalarKind
{
    Text,
    Number,
    Boolean,
}

/// <summary>One value a condition can be about. Texts are ordered by their UTF-8 bytes.</summary>
/// <param name="Number">The number; 1 and 0 for true and false.</param>
internal readonly record struct Scalar(ScalarKind Kind, string Text, double Number)
{
    public static Scalar Of(string text) => new(ScalarKind.Text, text, 0);

    public static Scalar Of(double number) => new(ScalarKind.Number, "", number);

    public static Scalar Of(bool value) => new(ScalarKind.Boolean, "", value ? 1 : 0);

    /// <summary>All that <see cref="QFilter"/> compares of an instance: its value, or the elements of an array, the texts of a language map, the targets of a relationship.</summary>
    public static List<Scalar> Of(EntityAttribute attribute)
    {
        List<Scalar> found = new(1);
        if (attribute.Value.IsEmpty) return found;
        foreach (var value in new JsonScalars(attribute.Value.Span, attribute.Kind))
        {
            var json = value;
            switch (json.TokenType)
            {
                case JsonTokenType.String when JsonScalars.TextOf(ref json) is { } text: found.Add(Of(text)); break;
                case JsonTokenType.Number when json.TryGetDouble(out var number): found.Add(Of(number)); break;
                case JsonTokenType.True or JsonTokenType.False: found.Add(Of(json.TokenType == JsonTokenType.True)); break;
            }
        }
        return found;
    }
}
