-- severity: warning
-- entity: processing-activities
-- articles: L19.1c
-- vi: Căn cứ phục vụ cơ quan nhà nước nhưng không có cơ quan nhà nước là bên nhận
-- en: Basis is a public authority's work but no public authority receives the data
-- remedy-vi: Liên kết cơ quan nhà nước nhận dữ liệu, hoặc chọn căn cứ khác.
-- remedy-en: Link the authority that receives the data, or choose another basis.
-- unsure: yes

SELECT a.activity_id AS record_id FROM inventory.processing_activity a
WHERE a.tenant_id = %(tenant)s AND a.legal_basis = 'public_authority'
  AND NOT EXISTS (
    SELECT FROM inventory.activity_recipient l JOIN inventory.recipient r USING (tenant_id, recipient_id)
    WHERE l.tenant_id = %(tenant)s AND l.activity_id = a.activity_id AND r.recipient_type = 'public_authority'
  )
