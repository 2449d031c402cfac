using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Michi.Platform.Layout;

/// <summary>A labelled control with its hint and the sentence of its fault. Further attributes go to the control.</summary>
public abstract class FieldTagHelper : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public string Name { get; set; } = "";

    /// <summary>Id of the control where it differs from its name.</summary>
    public string? Id { get; set; }

    public string Label { get; set; } = "";

    public string? Hint { get; set; }

    /// <summary>Says behind the label that the field may stay empty.</summary>
    public bool Optional { get; set; }

    /// <summary>Makes the output the control, with everything around it.</summary>
    /// <param name="control"><c>input</c>, <c>textarea</c> or <c>select</c>.</param>
    protected void Write(TagHelperOutput output, string control)
    {
        ArgumentNullException.ThrowIfNull(output);
        var page = (MichiPage)ViewContext.ViewData.Model!;
        var id = Id ?? Name;
        var error = page.ErrorOf(id);
        page.Labels[id] = new HtmlContentBuilder().Append(Label);
        output.TagName = control;
        output.TagMode = control == "input" ? TagMode.StartTagOnly : TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("id", id);
        output.Attributes.SetAttribute("name", Name);
        if (error is not null) output.Attributes.SetAttribute("aria-invalid", "true");
        var described = string.Join(' ', new[] { Hint is null ? null : $"{id}-hint", error is null ? null : $"{id}-error" }.OfType<string>());
        if (described.Length > 0) output.Attributes.SetAttribute("aria-describedby", described);

        var before = output.PreElement;
        before.AppendHtml("<div class=\"field\">").AppendHtml(Tag("label", "for", id, Label, Optional ? $" {page.T["field.optional"]}" : ""));
        if (Hint is not null) before.AppendHtml(Tag("p", "id", $"{id}-hint", Hint, cssClass: "hint"));
        if (error is not null) before.AppendHtml(Tag("p", "id", $"{id}-error", error, cssClass: "error"));
        output.PostElement.AppendHtml("</div>");
    }

    private static TagBuilder Tag(string name, string attribute, string value, string text, string quiet = "", string? cssClass = null)
    {
        var tag = new TagBuilder(name);
        tag.Attributes[attribute] = value;
        if (cssClass is not null) tag.AddCssClass(cssClass);
        tag.InnerHtml.Append(text);
        if (quiet.Length == 0) return tag;
        var span = new TagBuilder("span");
        span.AddCssClass("muted");
        span.InnerHtml.Append(quiet);
        tag.InnerHtml.AppendHtml(span);
        return tag;
    }
}

/// <summary>An input: <c>&lt;text-field name="email" label="…" type="email" value="…" required /&gt;</c>.</summary>
[HtmlTargetElement("text-field", TagStructure = TagStructure.WithoutEndTag)]
public sealed class TextFieldTagHelper : FieldTagHelper
{
    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output) => Write(output, "input");
}

/// <summary>Several lines of text: <c>&lt;text-area name="reason" label="…" value="…" rows="3" /&gt;</c>.</summary>
[HtmlTargetElement("text-area", TagStructure = TagStructure.WithoutEndTag)]
public sealed class TextAreaTagHelper : FieldTagHelper
{
    public string? Value { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        Write(output, "textarea");
        output.Content.SetContent(Value);
    }
}

/// <summary>A choice of one: <c>&lt;select-field name="sector" label="…"&gt;options&lt;/select-field&gt;</c>.</summary>
[HtmlTargetElement("select-field")]
public sealed class SelectFieldTagHelper : FieldTagHelper
{
    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output) => Write(output, "select");
}
